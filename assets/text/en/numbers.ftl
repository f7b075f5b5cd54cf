# Numbers, shapes and formulas, with the current values put in.

## Guidance: lengths and angle beside the arrows

guidance-lane-a = A
guidance-lane-b = B
guidance-length-uncond = ○ ‖without‖ = { $length }
guidance-length-text = ● ‖with‖ = { $length }
guidance-length-difference = ‖with − without‖ = { $length }
guidance-length-guided = ◆ ‖guided‖ = { $length }
guidance-angle = angle from ○ to ●: { $degrees }°
guidance-magnified = difference × { $factor }
guidance-off = Guidance is off: there is only the prediction with the prompt.

line-guided = guided = without + { $guidance } × (with − without) · { $shape }
line-unguided = guidance { $guidance } is off: guided = with · { $shape }

## Noise: the histogram

noise-numbers =
    mean { $mean }
    std { $deviation }
noise-density = bars: the latent's numbers · line: normal density

## Scheduler

scheduler-stairs = a stair for every step: its height is the share of noise, σ / √(1 + σ²)
line-stair = step { $step } of { $steps } · timestep { $timestep } · σ = { $sigma }
line-norm = ‖latent‖ = { $before }
line-norms = ‖latent‖: { $before } before, { $after } after
line-formula-ddim = xₜ₋₁ = √ᾱₜ₋₁ · x̂₀ + √(1 − ᾱₜ₋₁) · ε = { $signal } · x̂₀ + { $noise } · ε
line-formula-euler = x + (σ′ − σ) · d = x + ({ $next } − { $sigma }) · d, with d = (x − x̂₀) / σ
line-formula-pndm = PNDM is a multistep: it goes on from up to four predictions, the last ones.
line-formula-ddim-eta = DDIM with η: a part of ε is left out, and as much fresh noise is added.
line-formula-ddpm = DDPM goes a part of the way from x towards x̂₀ and adds a little fresh noise.
line-formula-euler-a = Euler ancestral steps to less than σ′ = { $next } and adds fresh noise up to it.
line-formula-dpmpp2m = DPM-Solver++ 2M is a multistep: it goes on from this x̂₀ and the one before.
line-formula-unipc = UniPC corrects the last step by this prediction, then goes on from the last two.
line-formula-lcm = LCM jumps to x̂₀ and puts fresh noise on it: { $signal } · x̂₀ + { $noise } · z

## Inspect

line-inspect-tokens = { $slots } slots = start + pieces ({ $pieces }) + end + padding ({ $padding })
line-inspect-text-encoder = prompt_embeds: { $shape } · mean ‖token vector‖ = { $norm }
line-inspect-noise = latent: { $shape } = { $count } numbers, drawn with seed { $seed } · ‖latent‖ = { $norm }
line-inspect-unet = noise_pred = unet(latent, timestep { $timestep }, prompt_embeds) · { $seconds } s a step · { $parameters } parameters, with text encoder and VAE
line-inspect-block = { $input } → { $output } · { $resnets } ResNets · { $transformers } transformers · timestep { $timestep }
line-inspect-guidance = noise_pred = noise_pred_uncond + { $guidance } × (noise_pred_text − noise_pred_uncond) · { $shape }
line-inspect-guidance-off = noise_pred = noise_pred_text · { $shape }
line-inspect-decoder = latent { $latent } → picture { $image } · { $factor } × as high and as wide · { $numbers } numbers → { $pixels } pixels

## What a gate of the UNet shows

leaf-channels = { $shown } of { $channels } channels
leaf-channel = channel { $channel } of { $channels }
leaf-colours = in colours: { $share } % of the variance

## Decoder: by hand

decoder-decoded = decoded from step { $step } of { $steps }
decoder-poke = Touch a number of the latent: here you see which pixels hang on it.
decoder-moved = channel { $channel }, row { $row }, column { $column }: { $before } → { $after } moves { $pixels } of { $all } pixels
