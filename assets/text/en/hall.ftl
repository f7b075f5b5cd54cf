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
station-guidance = Guidance
station-scheduler = Scheduler
station-decoder = Decoder
station-picture = Picture

about-words = What the picture is to show.
about-tokens = The words are cut into pieces that the model knows by number.
about-text-encoder = Layer by layer, every piece becomes a row of numbers.
about-noise = The seed draws a latent that is nothing but noise.
about-unet = The UNet tells what in the latent is noise and what is picture.
about-guidance = What the prompt changes in the prediction is made stronger.
about-scheduler = It takes a measured part of the noise away.
about-decoder = The last latent opens, stage by stage, into pixels.
about-picture = The last latent, opened into pixels.

## Names on things

token-start = start
token-end = end
token-padding = empty
token-truncated = No slot was left for: { $words }
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
line-sigma = σ = { $value } · a stair for every step, as high as the share of noise, σ / √(1 + σ²)
line-guidance = guided = without + { $guidance } × difference
line-print = seed { $seed } · { $steps } steps · guidance { $guidance } · { $scheduler } · { $seconds } s
line-print-to-come = The print comes when the last step is done.

scheduler-ddim = DDIM
scheduler-pndm = PNDM
scheduler-euler = Euler

## Captions of the tour of two minutes

tour-place = { $stop } of { $stops }
tour-hall = A picture is being made in front of you. Words come in on the left, the picture leaves on the right; what happens in between, happens now.
tour-words = It begins with a prompt: the words on this desk.
tour-tokens = The model does not read letters. The prompt is cut into pieces, and each piece has a number.
tour-text-encoder = The text encoder turns every piece into a row of numbers that stands for what it means here. Bright is far from zero.
tour-noise = The picture begins as a latent: a small picture that only the model can read. At first it is pure noise, and the seed decides which.
tour-unet = This is the UNet. It looks at the latent, goes down to see the whole and up to see the detail, and tells noise from picture.
tour-unet-down = Every gate is a block. The planes show some of its feature maps: where on the latent it has found something.
tour-unet-mid = Down here the maps are smallest. Each point sees the whole picture.
tour-guidance = The UNet predicts twice, without your words and with them. The difference is what the words change; guidance follows it further.
tour-scheduler = The scheduler takes away a part of the noise, one stair at a time. On the right: the picture as the model imagines it now.
tour-decoder = After the last step the decoder opens the latent into a picture of pixels.
tour-picture = A picture that was not there before. Change a word or the seed, and it will be another.

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
caption-guidance = What the prompt changes in the prediction is made stronger.
caption-scheduler = The scheduler takes away a part of the noise, one stair at a time.
caption-decoder = The decoder opens the latent into a picture of pixels.
caption-picture = The finished picture.

## Panels

hint-keyboard = Page Down, Page Up: stops · W A S D and mouse: walk · Space: play, pause · F1: paint something else
hint-gamepad = Bumpers: stops · sticks: walk and look · left button: play, pause · Start: paint something else

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
choices-speed = one step takes { $seconds } s on this machine

loading-title = The model is coming in.
loading-what = { $percent } % · { $what }

failure-title = This did not work
failure-close = Go on

leaving-title = Leave the hall?
leaving-stay = Stay
leaving-leave = Leave
