"""What diffusers computes with a small AutoencoderTiny (TAESD's class).

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_tiny_vae.py

Writes beside itself:

    tiny-taesd/              a folder laid out like madebyollin/taesd, narrow, with random weights in f16
    tiny_vae.safetensors     `latent` → `image` by decode, `image_in` → `latent_out` by encode, `scaled` by scale_latents
"""

import math
import shutil

import torch
from diffusers import AutoencoderTiny
from make_golden import HERE, modern_config, write_model, write_tensors

CONFIG = {
    "encoder_block_out_channels": [8, 8, 8], "decoder_block_out_channels": [6, 6, 6], "num_encoder_blocks": [1, 2, 1],
    "num_decoder_blocks": [2, 1, 1],
}  # fmt: skip


def randomise(model, seed):
    """Weights that keep a signal's size through the ReLUs, and biases that matter."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in model.parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.copy_(0.1 * noise if parameter.ndim == 1 else noise / math.sqrt(parameter[0].numel()))
    return model


def main():
    shutil.rmtree(HERE / "tiny-taesd", ignore_errors=True)
    model = randomise(AutoencoderTiny.from_config(CONFIG), 21).half().float()
    write_model(HERE / "tiny-taesd", model, modern_config(model), torch.float16)
    generator = torch.Generator().manual_seed(22)
    # Wide enough that the clamp at ±3 and the ends of scale_latents are met.
    latent = 3 * torch.randn(2, 4, 3, 5, generator=generator)
    image_in = 2 * torch.rand(1, 3, 16, 12, generator=generator) - 1
    tensors = {"latent": latent, "image": model.decode(latent).sample, "scaled": model.scale_latents(latent)}
    tensors |= {"image_in": image_in, "latent_out": model.encode(image_in).latents}
    assert tensors["image"].std() > 0.1 and tensors["latent_out"].std() > 0.1, "flat"
    write_tensors(HERE / "tiny_vae.safetensors", tensors)


if __name__ == "__main__":
    main()
