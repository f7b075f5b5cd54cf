"""Runs of diffusers that begin with a picture, add noise on the way or rescale guidance, on the folder tiny-sd1.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_starts.py

Writes starts.safetensors beside itself: the last latent of each run, [1, 4, h, w], and `picture`, [1, 3, H, W] in 0..1, with which
those runs begin that have a `RUN/strength`, [1]; metadata `runs`: each run's `Generation`. `inverted`, [1, 4, h, w], is what DDIM
inversion makes of the picture with the same prompt in as many steps.
"""

import json

import torch
from diffusers import (
    DDIMInverseScheduler,
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    LCMScheduler,
    StableDiffusionImg2ImgPipeline,
    StableDiffusionPipeline,
)
from diffusers.pipelines.stable_diffusion import pipeline_stable_diffusion_img2img as img2img
from make_golden import HERE, open_pipeline, test_picture
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.set_grad_enabled(False)

# The most likely latent of the picture instead of a drawn one: the generator then draws the same noise as ours.
retrieve = img2img.retrieve_latents
img2img.retrieve_latents = lambda output, generator=None, sample_mode="argmax": retrieve(output, generator, "argmax")

KINDS = {
    "ddim": DDIMScheduler,
    "ddpm": DDPMScheduler,
    "euler-a": EulerAncestralDiscreteScheduler,
    "dpm++2m": DPMSolverMultistepScheduler,
    "lcm": LCMScheduler,
}
RUNS = {
    "ddpm": {"scheduler": "ddpm"},
    "euler-a": {"scheduler": "euler-a"},
    "lcm": {"scheduler": "lcm"},
    "eta": {"scheduler": "ddim", "eta": 0.8},
    "rescale": {"scheduler": "ddim", "guidance_rescale": 0.7},
    "picture-ddim": {"scheduler": "ddim"},
    "picture-euler-a": {"scheduler": "euler-a"},
    "picture-dpm": {"scheduler": "dpm++2m"},
}
STRENGTHS = {"picture-ddim": 0.6, "picture-euler-a": 0.5, "picture-dpm": 0.8}

whole = open_pipeline(HERE / "tiny-sd1", "ddim")
parts = whole.components
height, width = [whole.unet.config.sample_size * 2 ** (len(whole.vae.config.block_out_channels) - 1)] * 2
picture = test_picture(height, width).unsqueeze(0)
tensors, runs = {"picture": picture.contiguous()}, {}
for name, run in RUNS.items():
    run = {"prompt": "a red boat on the sea", "seed": 5, "num_inference_steps": 6, "guidance_scale": 5.0, **run}
    runs[name] = run
    kind = KINDS[run["scheduler"]]
    scheduler = kind.from_config(whole.scheduler.config, **({"clip_sample": False} if kind is DDPMScheduler else {}))
    call = StableDiffusionImg2ImgPipeline if name in STRENGTHS else StableDiffusionPipeline
    pipeline = call(**{**parts, "scheduler": scheduler}, requires_safety_checker=False)
    pipeline.set_progress_bar_config(disable=True)
    arguments = {key: value for key, value in run.items() if key not in ("seed", "scheduler")}
    if name in STRENGTHS:
        arguments |= {"image": picture, "strength": STRENGTHS[name]}
        tensors[f"{name}/strength"] = torch.tensor([STRENGTHS[name]])
    generator = torch.Generator().manual_seed(run["seed"])
    tensors[name] = pipeline(**arguments, generator=generator, output_type="latent").images.contiguous()
    assert tensors[name].isfinite().all() and tensors[name].std() > 0.05, name

inverse = DDIMInverseScheduler.from_config(whole.scheduler.config)
inverse.set_timesteps(6)
prompt_embeds, _ = whole.encode_prompt("a red boat on the sea", "cpu", 1, False)
latent = whole.vae.encode(picture * 2 - 1).latent_dist.mean * whole.vae.config.scaling_factor
for timestep in inverse.timesteps:
    output = whole.unet(latent, timestep, encoder_hidden_states=prompt_embeds).sample
    latent = inverse.step(output, timestep, latent).prev_sample
tensors["inverted"] = latent.contiguous()
path = HERE / "starts.safetensors"
save_file(tensors, path, metadata={"runs": json.dumps(runs)})
path.chmod(0o644)
