# What a visitor reads, in English. Short sentences; the field's own word, explained once where it first stands.

hall-name = The Latentarium
hall-model = { $name } · { $parameters } parameters · { $device }

## Headings and what happens there

station-hall = The hall
station-words = Words
station-tokens = Tokens
station-text-encoder = Text encoder
station-noise = Noise
station-unet = UNet
station-unet-down = UNet: a block on the way down
station-unet-mid = UNet: the middle
station-unet-up = UNet: a block on the way up
station-attention = Cross-attention
station-guidance = Guidance
station-scheduler = Scheduler
station-time-wall = Time wall
station-decoder = Decoder
station-picture = Picture
station-map = Map
station-ride = With the latent

about-words = What the picture is to show.
about-tokens = The words are cut into pieces that the model knows by number.
about-text-encoder = Layer by layer, every piece becomes a row of numbers.
about-noise = The seed draws a latent that is nothing but noise.
about-unet = The UNet tells what in the latent is noise and what is picture.
about-attention = Every place of the latent looks at the words, and takes something from each.
about-guidance = What the prompt changes in the prediction is made stronger.
about-scheduler = It takes a measured part of the noise away.
about-time-wall = Every step hangs here: the latent, and above it the picture as it was imagined then.
about-decoder = The last latent opens, stage by stage, into pixels.
about-picture = The last latent, opened into pixels.
about-map = The way of a run, from noise to picture, seen from above.

## Names on things

token-start = start
token-end = end
token-padding = empty
unet-in = latent in
unet-out = prediction
guidance-uncond = without the prompt
guidance-text = with the prompt
guidance-difference = the difference
guidance-guided = guided
scheduler-before = latent before
scheduler-after = latent after
scheduler-imagined = the picture as imagined now

line-seed = seed { $seed }
line-settings = seed { $seed } · { $steps } steps · guidance { $guidance } · { $scheduler }
line-step = step { $step } of { $steps }
line-timestep = timestep { $value }
line-print = seed { $seed } · { $steps } steps · guidance { $guidance } · { $scheduler } · { $seconds } s
line-print-to-come = The print comes when the last step is done.

scheduler-ddpm = DDPM
scheduler-ddim = DDIM
scheduler-pndm = PNDM
scheduler-euler = Euler
scheduler-euler-a = Euler ancestral
scheduler-dpmpp2m = DPM-Solver++ 2M
scheduler-dpmpp2m-karras = DPM-Solver++ 2M, Karras
scheduler-unipc = UniPC
scheduler-lcm = LCM

## Captions of the tour of two minutes

tour-place = { $stop } of { $stops }

## Captions of stops off the tour

caption-hall = Words come in on the left, the picture leaves on the right; what happens in between, happens now.
caption-words = It begins with a prompt: the words on this desk.
caption-tokens = The prompt is cut into pieces, and each piece has a number.
caption-text-encoder = The text encoder turns every piece into a row of numbers that stands for what it means here.
caption-noise = The seed decides the noise from which the picture begins.
caption-unet = It looks at the latent and tells what in it is noise and what is picture.
caption-unet-down = A block on the way down: its maps get smaller, and each point sees more of the picture.
caption-unet-mid = The lowest block: each point sees the whole picture.
caption-unet-up = A block on the way up: the maps grow again, and the bridges bring back the detail.
caption-attention = Where each word is looked at: bright is where it counts most.
caption-guidance = What the prompt changes in the prediction is made stronger.
caption-scheduler = The scheduler takes away a part of the noise, one stair at a time.
caption-time-wall = Every step of the run, to go back to and to branch from.
caption-decoder = The decoder opens the latent into a picture of pixels.
caption-picture = The finished picture.
caption-map = Both runs as paths, and how far apart they are at every step.

caption-ride = You ride along with the latent, lap by lap, to the picture. Walk, turn or go back to get off.

## Panels

timeline-waiting = waiting for the model
timeline-prologue = words and noise
timeline-epilogue = the picture
timeline-back = one step back
timeline-forward = one step on
timeline-play = play
timeline-pause = pause
timeline-speed = speed { $speed }
timeline-faster = another speed

choices-title = Paint something else
choices-prompt = prompt
choices-negative = negative prompt: what should not be seen
choices-seed = seed: which noise it starts from
choices-next-seed = next seed
choices-steps = steps
choices-guidance = guidance scale: how far to follow the prompt
choices-scheduler = scheduler
choices-paint = Paint
choices-one-stick = one stick and one button are enough
choices-calm = calm: fade to the next stop instead of flying
choices-contrast = more contrast: panels in white on black
choices-speed = one step takes { $seconds } s on this machine

loading-title = The model is coming in.
loading-what = { $percent } % · { $what }

failure-title = This did not work
failure-close = Go on

leaving-title = Leave the hall?
leaving-stay = Stay
leaving-leave = Leave
