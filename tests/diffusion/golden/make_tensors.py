"""Names and shapes of the tensors of published models, as diffusers' own classes have them; nothing is downloaded or allocated.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_tensors.py

Reads configs/*.json, which hold the values of the published config.json files, and writes tensors/*.txt beside itself: a line
`name 1x2x3` per tensor. Models whose tensors are those of another, or differ by a line that the test knows, have no list.
text-*.txt and vae-old-names.txt have the names of the published files, which diffusers and transformers rename when they load.
"""

import json

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel
from make_golden import HERE
from transformers import CLIPTextConfig, CLIPTextModel

OLD = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}


def shapes(kind, config):
    with torch.device("meta"):
        model = CLIPTextModel(CLIPTextConfig(**config)) if kind is CLIPTextModel else kind.from_config(config)
    return {name: list(tensor.shape) for name, tensor in model.named_parameters()}


def old_name(name):
    for new, old in OLD.items():
        name = name.replace(new, old)
    return name


def write(name, kind, config, rename=lambda name: name):
    content = json.loads((HERE / "configs" / f"{config}.json").read_text())
    lines = sorted(f"{rename(key)} {'x'.join(map(str, shape))}" for key, shape in shapes(kind, content).items())
    (HERE / "tensors" / f"{name}.txt").write_text("\n".join(lines) + "\n")


def main():
    (HERE / "tensors").mkdir(exist_ok=True)
    for name, config in {"sd15": "sd15", "sd21": "sd21-base", "bk-base": "bk-base", "bk-tiny": "bk-tiny"}.items():
        write(f"unet-{name}", UNet2DConditionModel, f"unet-{config}")
    for name in "text-sd15", "text-sd21":
        write(name, CLIPTextModel, name, lambda key: key if key.startswith("text_model.") else f"text_model.{key}")
    write("vae-new-names", AutoencoderKL, "vae-sd")
    write("vae-old-names", AutoencoderKL, "vae-sd", old_name)
    write("taesd", AutoencoderTiny, "taesd")


if __name__ == "__main__":
    main()
