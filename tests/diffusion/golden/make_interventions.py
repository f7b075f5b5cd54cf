"""What diffusers computes with hands in the machine, so that the interventions of `diffusion` can be compared number by number.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_interventions.py

Writes interventions.safetensors (parts switched off, words weighed, branches) and interventions_scaled.safetensors (parts scaled)
beside itself: the latents of DDIM runs on tiny-sd1, [steps + 1, 4, h, w] for each run; metadata `runs`: each run's `Generation`.
Diffusers has no switches of its own: they are put on its modules from outside.
"""

import functools
import json
import math
import pathlib
import warnings

import diffusers
import torch
from diffusers import DDIMScheduler, StableDiffusionPipeline
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
PROMPT = "a red lighthouse by the sea"

warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
torch.set_grad_enabled(False)

PLAIN = {"prompt": PROMPT, "seed": 5, "num_inference_steps": 4, "guidance_scale": 4.0, "scheduler": "ddim"}


def off(*sites):
    return {"intervention": {"switched_off": list(sites), "word_weights": []}}


def weigh(word, weight):
    return {"intervention": {"switched_off": [], "word_weights": [{"word": word, "weight": weight}]}}


def scale(**scales):
    """Sites with `_` for `.`."""
    scaled = [{"site": site.replace("_", "."), "scale": scale} for site, scale in scales.items()]
    return {"intervention": {"scaled": scaled}}


RUNS = {
    "plain": PLAIN,
    "block-down": PLAIN | off("unet.down.1"),
    "block-mid": PLAIN | off("unet.mid"),
    "block-up": PLAIN | off("unet.up.2"),
    "skip": PLAIN | off("unet.up.1.skip.0"),
    "skip-first": PLAIN | off("unet.up.2.skip.1"),
    "cross": PLAIN | off("unet.down.0.attn.0.cross", "unet.mid.attn.0.cross"),
    "self": PLAIN | off("unet.up.1.attn.1.self"),
    "word-away": PLAIN | weigh(1, 0.0),
    "word-strong": PLAIN | weigh(2, 2.5),
    "word-unguided": PLAIN | {"guidance_scale": 1.0} | weigh(2, 0.3),
    "later-prompt": PLAIN | {"branch": {"step": 2, "prompt": "a green boat"}},
    "later-guidance": PLAIN | {"branch": {"step": 1, "guidance_scale": 9.0}},
    "later-off": PLAIN | {"branch": {"step": 1, **off("unet.mid")}},
}  # fmt: skip

SCALED_RUNS = {
    "plain": PLAIN,
    "block-down": PLAIN | scale(unet_down_1=0.5),
    "block-mid": PLAIN | scale(unet_mid=0.5),
    "block-up": PLAIN | scale(unet_up_2=1.5),
    "skip": PLAIN | scale(unet_up_1_skip_0=0.5),
    "skip-first": PLAIN | scale(unet_up_2_skip_1=1.5),
    "cross-at-a-level": PLAIN | scale(unet_up_1_attn_0_cross=0.5, unet_up_1_attn_1_cross=0.5),
    "self": PLAIN | scale(unet_up_1_attn_1_self=0.5),
    "unguided": PLAIN | {"guidance_scale": 1.0} | scale(unet_mid=0.25, unet_down_0_attn_0_cross=2.0),
    "off-and-scaled": PLAIN | {"intervention": {"switched_off": ["unet.mid"], **scale(unet_up_0_skip_0=0.5)["intervention"]}},
    "later": PLAIN | {"branch": {"step": 2, **scale(unet_up_1=0.5)}},
}  # fmt: skip


def block_of(unet, name):
    parts = name.split(".")
    return unet.mid_block if parts[1] == "mid" else getattr(unet, f"{parts[1]}_blocks")[int(parts[2])]


def switch_off(unet, site):
    """Puts one switch on; returns what takes it off again."""
    undo = []

    def replace(module, forward):
        undo.append((module, module.forward))
        module.forward = functools.wraps(module.forward)(forward)

    def shortcut(resnet):
        return lambda x, *_, **__: resnet.conv_shortcut(x) if resnet.conv_shortcut is not None else x

    block = block_of(unet, site)
    if ".attn." in site:
        index, which = site.split(".attn.")[1].split(".")
        layer = block.attentions[int(index)].transformer_blocks[0]
        attention = layer.attn1 if which == "self" else layer.attn2
        replace(attention, lambda x, *_, **__: torch.zeros_like(x))
    elif ".skip." in site:
        number, place = int(site.split(".")[2]), int(site.split(".skip.")[1])
        resnet = block.resnets[place]
        # The skip is joined behind what the resnet before has left.
        below = unet.up_blocks[number - 1] if number > 0 else unet.mid_block
        width = (block.resnets[place - 1] if place > 0 else below.resnets[-1]).out_channels
        inner = resnet.forward

        def without(x, *args, **kwargs):
            x = x.clone()
            x[:, width:] = 0
            return inner(x, *args, **kwargs)

        replace(resnet, without)
    else:
        for resnet in block.resnets:
            replace(resnet, shortcut(resnet))
        for attention in getattr(block, "attentions", []):
            replace(attention, lambda x, *_, **__: (x,))
    return undo


class Weighted:
    """Attention in which what each key contributes is multiplied by a weight, in the prompt's half of the batch."""

    def __init__(self, weights):
        self.weights = weights  # [tokens]

    def __call__(self, attn, hidden_states, encoder_hidden_states=None, attention_mask=None, **_):
        q = attn.head_to_batch_dim(attn.to_q(hidden_states))
        k = attn.head_to_batch_dim(attn.to_k(encoder_hidden_states))
        value = attn.to_v(encoder_hidden_states).clone()
        value[-1] *= self.weights[:, None]
        v = attn.head_to_batch_dim(value)
        weights = (q @ k.transpose(1, 2) * attn.scale).softmax(-1)
        return attn.to_out[0](attn.batch_to_head_dim(weights @ v))


def put_scale(unet, site, scale):
    """Multiplies what the part adds (a skip connection: what it delivers)."""

    def after(module, change):
        """`change`: from the module's first argument and its output to another output."""
        module.register_forward_hook(lambda _, inputs, output: change(inputs[0], output))

    def of_resnet(resnet):
        shortcut = resnet.conv_shortcut or (lambda x: x)
        return lambda x, output: shortcut(x) + scale * (output - shortcut(x))

    block = block_of(unet, site)
    if ".attn." in site:
        index, which = site.split(".attn.")[1].split(".")
        layer = block.attentions[int(index)].transformer_blocks[0]
        after(layer.attn1 if which == "self" else layer.attn2, lambda _, output: scale * output)
    elif ".skip." in site:
        number, place = int(site.split(".")[2]), int(site.split(".skip.")[1])
        below = unet.up_blocks[number - 1] if number > 0 else unet.mid_block
        width = (block.resnets[place - 1] if place > 0 else below.resnets[-1]).out_channels

        def before(_, inputs):
            x, *others = inputs
            return torch.cat([x[:, :width], scale * x[:, width:]], dim=1), *others

        block.resnets[place].register_forward_pre_hook(before)
    else:
        for resnet in block.resnets:
            after(resnet, of_resnet(resnet))
        for attention in getattr(block, "attentions", []):
            after(attention, lambda x, output: (x + scale * (output[0] - x),))


def intervene(pipeline, intervention, prompt):
    undo = [pair for site in intervention.get("switched_off", []) for pair in switch_off(pipeline.unet, site)]
    for entry in intervention.get("scaled", []):
        put_scale(pipeline.unet, entry["site"], entry["scale"])
    if intervention.get("word_weights"):
        slots = pipeline.tokenizer.model_max_length
        words = prompt.split(" ")
        weights, slot = torch.ones(slots), 1
        for index, word in enumerate(words):
            pieces = len(pipeline.tokenizer(word, add_special_tokens=False).input_ids)
            for entry in intervention["word_weights"]:
                if entry["word"] == index:
                    weights[slot : slot + pieces] = entry["weight"]
            slot += pieces
        for name, module in pipeline.unet.named_modules():
            if name.endswith("attn2"):
                module.set_processor(Weighted(weights))
    return undo


def run(request):
    folder = HERE / "tiny-sd1"
    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
    parts = {"scheduler": DDIMScheduler.from_config(config), "safety_checker": None, "requires_safety_checker": False}
    pipeline = StableDiffusionPipeline.from_pretrained(folder, torch_dtype=torch.float32, **parts)
    pipeline.set_progress_bar_config(disable=True)
    branch = request.get("branch")
    if "intervention" in request:
        intervene(pipeline, request["intervention"], request["prompt"])
    latents = []
    step = pipeline.scheduler.step

    @functools.wraps(step)
    def watched(model_output, timestep, sample, **kwargs):
        if not latents:
            latents.append(sample)
        output = step(model_output, timestep, sample, **kwargs)
        latents.append(output[0])
        return output

    def between(pipe, index, _timestep, kept):
        """Called after each step; from the branch's step on, other things hold."""
        if branch is None or index + 1 != branch["step"]:
            return {}
        if "guidance_scale" in branch:
            pipe._guidance_scale = branch["guidance_scale"]
        if "intervention" in branch:
            intervene(pipe, branch["intervention"], branch.get("prompt", request["prompt"]))
        if "prompt" in branch:
            text, empty = pipe.encode_prompt(branch["prompt"], "cpu", 1, True)
            return {"prompt_embeds": torch.cat([empty, text])}
        return {}

    pipeline.scheduler.step = watched
    pipeline(
        request["prompt"],
        num_inference_steps=request["num_inference_steps"],
        guidance_scale=request["guidance_scale"],
        generator=torch.Generator().manual_seed(request["seed"]),
        output_type="latent",
        callback_on_step_end=between,
        callback_on_step_end_tensor_inputs=["latents", "prompt_embeds"],
    )
    return torch.cat(latents)


def write(name, runs):
    results = {name: run(request) for name, request in runs.items()}
    for name_of_run, latents in results.items():
        assert latents.isfinite().all(), name_of_run
        distance = ((latents[-1] - results["plain"][-1]).norm() / results["plain"][-1].norm()).item()
        print(f"{name}, {name_of_run}: {distance:.4f} away from the plain run")
        assert (name_of_run == "plain") == (distance < 1e-3), f"{name_of_run}: what changes nothing tests nothing"
    path = HERE / f"{name}.safetensors"
    save_file({key: tensor.contiguous() for key, tensor in results.items()}, path, metadata={"runs": json.dumps(runs)})
    path.chmod(0o644)


write("interventions", RUNS)
write("interventions_scaled", SCALED_RUNS)
