"""What diffusers computes with a latent consistency model's UNet, which is told the guidance scale instead of being asked twice.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_lcm.py

Writes beside itself:

    tiny-lcm/unet/       a UNet laid out like LCM_Dreamshaper_v7's, small, with random weights in f16
    lcm.safetensors      its input; `embedding/G/D`: the embedding of guidance scale G in D numbers; `output/G`: what the UNet
                         makes of the input under guidance scale G, `output/none`: without any
"""

import shutil

import torch
from diffusers import StableDiffusionPipeline, UNet2DConditionModel
from make_golden import HERE, modern_config, randomise, write_model, write_tensors

WIDTH = 10
CONFIG = {
    "attention_head_dim": 2, "block_out_channels": [8, 12], "cross_attention_dim": 12, "layers_per_block": 1,
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"], "norm_num_groups": 4, "sample_size": 8,
    "time_cond_proj_dim": WIDTH, "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
}  # fmt: skip


def embedding(scale, width):
    return StableDiffusionPipeline.get_guidance_scale_embedding(None, torch.tensor([scale - 1.0]), width)


def main():
    shutil.rmtree(HERE / "tiny-lcm", ignore_errors=True)
    unet = randomise(UNet2DConditionModel.from_config(CONFIG), 11).half().float()
    write_model(HERE / "tiny-lcm" / "unet", unet, modern_config(unet), torch.float16)
    generator = torch.Generator().manual_seed(12)
    sample = torch.randn(2, 4, 8, 8, generator=generator)
    context = torch.randn(2, 5, 12, generator=generator)
    timestep = torch.tensor([999.0, 259.0])
    tensors = {"sample": sample, "context": context, "timestep": timestep}
    for scale, width in (1.0, WIDTH), (7.5, WIDTH), (7.5, 256), (14.0, 256), (3.0, 7):
        tensors[f"embedding/{scale}/{width}"] = embedding(scale, width)
    for scale in 1.0, 7.5:
        condition = embedding(scale, WIDTH).expand(2, WIDTH)
        tensors[f"output/{scale}"] = unet(sample, timestep, context, timestep_cond=condition).sample
    tensors["output/none"] = unet(sample, timestep, context).sample
    difference = (tensors["output/7.5"] - tensors["output/1.0"]).norm() / tensors["output/1.0"].norm()
    assert difference > 0.02, f"the guidance scale hardly matters: {difference}"
    write_tensors(HERE / "lcm.safetensors", tensors)


if __name__ == "__main__":
    main()
