"""What diffusers computes at the places inside a model, so that what an observer sees there can be compared number by number.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_sites.py

Writes sites.safetensors beside itself: for tiny-sd1, by the name of the site, at most 64 evenly chosen numbers of the tensor that
passes there in the first step of a DDIM run, in the decoding of the latent after that step and in the encoding of a picture
(`picture`, [1, 3, 32, 32] in −1..1). Metadata `runs`: that run's `Generation`; its pixel for `….self.row` is 3.
"""

import json
import pathlib
import warnings

import diffusers
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
RUN = {
    "prompt": "a red lighthouse by the sea", "seed": 5, "num_inference_steps": 4, "guidance_scale": 4.0, "scheduler": "ddim",
}  # fmt: skip
PIXEL = 3
NUMBERS = 64

warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
torch.set_grad_enabled(False)

seen = {}


def keep(site, tensor):
    """The first that passes."""
    if site not in seen:
        numbers = tensor.flatten()
        seen[site] = numbers[:: -(-len(numbers) // NUMBERS)].clone()


def watch(module, site):
    first = lambda output: output[0] if isinstance(output, tuple) else output
    module.register_forward_hook(lambda _, __, output: keep(site, first(output)))


class Watched:
    """Attention that shows its weights, [batch · heads, queries, keys]."""

    def __init__(self, site):
        self.site = site

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        context = hidden_states if encoder_hidden_states is None else encoder_hidden_states
        q = attn.head_to_batch_dim(attn.to_q(hidden_states))
        k, v = (attn.head_to_batch_dim(project(context)) for project in (attn.to_k, attn.to_v))
        weights = attn.get_attention_scores(q, k)
        keep(self.site, weights)
        if self.site.endswith(".self"):
            keep(f"{self.site}.row", weights[:, PIXEL])
        return attn.to_out[0](attn.batch_to_head_dim(weights @ v))


def watch_block(block, site):
    watch(block, site)
    for index, resnet in enumerate(block.resnets):
        watch(resnet, f"{site}.resnet.{index}")
    for index, transformer in enumerate(getattr(block, "attentions", None) or []):
        watch(transformer, f"{site}.attn.{index}")
        layer = transformer.transformer_blocks[0]
        layer.attn1.set_processor(Watched(f"{site}.attn.{index}.self"))
        layer.attn2.set_processor(Watched(f"{site}.attn.{index}.cross"))
    for name, part in ("downsample", "downsamplers"), ("upsample", "upsamplers"):
        for resampler in getattr(block, part, None) or []:
            watch(resampler, f"{site}.{name}")


folder = HERE / "tiny-sd1"
config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
parts = {"scheduler": DDIMScheduler.from_config(config), "safety_checker": None, "requires_safety_checker": False}
pipeline = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, **parts)
pipeline.set_progress_bar_config(disable=True)
unet, vae = pipeline.unet, pipeline.vae
text = getattr(pipeline.text_encoder, "text_model", pipeline.text_encoder)
for index, layer in enumerate(text.encoder.layers):
    watch(layer, f"text.layer.{index}")
watch(unet.time_embedding, "unet.time")
watch(unet.conv_in, "unet.conv_in")
watch(unet.conv_out, "unet.conv_out")
watch_block(unet.mid_block, "unet.mid")
for index, block in enumerate(unet.up_blocks):
    watch_block(block, f"unet.up.{index}")
for index, block in enumerate(unet.down_blocks):
    watch_block(block, f"unet.down.{index}")
watch(vae.encoder.conv_in, "vae.encoder.conv_in")
watch(vae.encoder.mid_block, "vae.encoder.mid")
for index, stage in enumerate(vae.encoder.down_blocks):
    watch(stage, f"vae.encoder.down.{index}")
watch(vae.decoder.mid_block, "vae.decoder.mid")
for index, stage in enumerate(vae.decoder.up_blocks):
    watch(stage, f"vae.decoder.up.{index}")
watch(vae.decoder.conv_act, "vae.decoder.conv_norm_out")

latents = []
pipeline(
    RUN["prompt"],
    num_inference_steps=RUN["num_inference_steps"],
    guidance_scale=RUN["guidance_scale"],
    generator=torch.Generator().manual_seed(RUN["seed"]),
    output_type="latent",
    callback_on_step_end=lambda _, __, ___, kept: latents.append(kept["latents"].clone()) or {},
)
vae.decode(latents[0] / vae.config.scaling_factor)
picture = torch.rand([1, 3, 32, 32], generator=torch.Generator().manual_seed(8)) * 2 - 1
vae.encode(picture)
assert all(tensor.isfinite().all() for tensor in seen.values())
print(f"{len(seen)} sites: {' '.join(sorted(seen))}")
path = HERE / "sites.safetensors"
save_file(seen | {"picture": picture}, path, metadata={"runs": json.dumps({"run": RUN})})
path.chmod(0o644)
