"""DAAM word maps as their published code aggregates them (github.com/castorini/daam, trace.py and heatmap.py:
RawHeatMapCollection, compute_global_heat_map, compute_word_heat_map), so that `WordMaps` can be compared number by number.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_word_maps.py

Writes word_maps.safetensors beside itself:

    given/SITE                       cross-attention weights, [steps, batch, heads, pixels, tokens], of a made-up run
    given/maps, given/normalised     its maps, [tokens, height, width] and those of tokens 1 to 4, shared out among these
    run/word.I, run/normalised.I     the maps of the words of a DDIM run on tiny-sd1, [height, width]

Metadata `runs`: that run's `Generation`.
"""

import collections
import json
import math
import pathlib
import warnings

import diffusers
import torch
import torch.nn.functional as F
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
RUN = {
    "prompt": "a crimson lighthouse by the sea", "seed": 5, "num_inference_steps": 3, "guidance_scale": 4.0, "scheduler": "ddim",
    "height": 32, "width": 48,
}  # fmt: skip

warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
torch.set_grad_enabled(False)


class HeatMaps:
    """Sums per (layer, head); the middle block is never hooked, the factor 8 passed over."""

    def __init__(self, latent):
        self.latent = latent  # [height, width]
        self.sums = collections.defaultdict(lambda: 0.0)

    def update(self, layer, weights):
        """weights: [batch, heads, pixels, tokens]"""
        factor = math.isqrt(self.latent[0] * self.latent[1] // weights.shape[2])
        if "mid" in layer or factor == 8:
            return
        size = [side // factor for side in self.latent]
        for head, weights_of_head in enumerate(weights[-1]):
            self.sums[layer, head] = self.sums[layer, head] + weights_of_head.T.reshape(-1, *size)

    def maps(self):
        """[tokens, height, width]"""
        return torch.stack([maps.clamp(min=0) for maps in self.upscaled()]).mean(0)[:, 0]

    def upscaled(self):
        """For each layer and head, [tokens, 1, height, width]."""
        return [F.interpolate(maps.unsqueeze(1), size=self.latent, mode="bicubic") for maps in self.sums.values()]


def normalised(maps):
    return maps / (maps.sum(0, keepdim=True) + 1e-6)


def given():
    generator = torch.Generator().manual_seed(3)
    latent, tokens, heads, steps = [16, 8], 6, 2, 2
    layers = {"unet.down.0": 1, "unet.down.1": 2, "unet.up.0": 4, "unet.down.3": 8, "unet.mid": 4}
    heat, tensors = HeatMaps(latent), {}
    for block, factor in layers.items():
        site = f"{block}.attn.0.cross"
        pixels = (latent[0] // factor) * (latent[1] // factor)
        scores = 2 * torch.randn([steps, 2, heads, pixels, tokens], generator=generator)
        tensors[f"given/{site}"] = scores.softmax(-1)
        for weights in tensors[f"given/{site}"]:
            heat.update(site, weights)
    maps = heat.maps()
    assert min(maps.min() for maps in heat.upscaled()) < 0, "without undershoot the clamp is not tested"
    return tensors | {"given/maps": maps, "given/normalised": normalised(maps[1:5])}


class Watched:
    """Cross-attention that hands on its weights."""

    def __init__(self, layer, heat):
        self.layer, self.heat = layer, heat

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        q = attn.head_to_batch_dim(attn.to_q(hidden_states))
        k, v = (attn.head_to_batch_dim(project(encoder_hidden_states)) for project in (attn.to_k, attn.to_v))
        weights = attn.get_attention_scores(q, k)
        self.heat.update(self.layer, weights.reshape(-1, attn.heads, *weights.shape[1:]))
        return attn.to_out[0](attn.batch_to_head_dim(weights @ v))


def run():
    folder = HERE / "tiny-sd1"
    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
    parts = {"scheduler": DDIMScheduler.from_config(config), "safety_checker": None, "requires_safety_checker": False}
    pipeline = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, **parts)
    pipeline.set_progress_bar_config(disable=True)
    heat = HeatMaps([RUN["height"] // pipeline.vae_scale_factor, RUN["width"] // pipeline.vae_scale_factor])
    for name, module in pipeline.unet.named_modules():
        if name.endswith("attn2"):
            module.set_processor(Watched(name, heat))
    pipeline(
        RUN["prompt"],
        height=RUN["height"],
        width=RUN["width"],
        num_inference_steps=RUN["num_inference_steps"],
        guidance_scale=RUN["guidance_scale"],
        generator=torch.Generator().manual_seed(RUN["seed"]),
        output_type="latent",
    )
    maps, tensors, slot = heat.maps(), {}, 1
    pieces = [len(pipeline.tokenizer(word, add_special_tokens=False).input_ids) for word in RUN["prompt"].split(" ")]
    assert max(pieces) > 1, "a word of several pieces is needed"
    shared = torch.cat([maps[:1], normalised(maps[1 : 1 + sum(pieces)])])
    for word, count in enumerate(pieces):
        tensors[f"run/word.{word}"] = maps[slot : slot + count].mean(0)
        tensors[f"run/normalised.{word}"] = shared[slot : slot + count].mean(0)
        slot += count
    print(f"pieces of the words: {pieces}; layers: {sorted({layer for layer, _ in heat.sums})}")
    return tensors


path = HERE / "word_maps.safetensors"
tensors = {name: tensor.contiguous() for name, tensor in (given() | run()).items()}
assert all(tensor.isfinite().all() for tensor in tensors.values())
save_file(tensors, path, metadata={"runs": json.dumps({"run": RUN})})
path.chmod(0o644)
