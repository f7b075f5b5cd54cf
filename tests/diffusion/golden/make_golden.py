"""Golden files: what diffusers computes, so that the tests of `diffusion` can compare number by number.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_golden.py

Writes beside itself, on an x86-64 CPU with AVX2 (other CPUs draw slightly different noise):

    tiny-sd1/ tiny-sd2/ tiny-bk/     diffusers folders with small random weights, laid out like SD 1.5, SD 2.1-768 and BK-SDM-Tiny
    tiny-sd1.safetensors, ...        runs of the StableDiffusionPipeline on them; metadata `runs`: each run's `Generation`
    tokens.json                      [text, ids cut and padded to the context, all ids] of many texts, for each folder
    schedules.json                   timesteps, sigmas and alphas_cumprod of many scheduler configurations
    scheduler_steps.safetensors      chains of scheduler steps on given model outputs
    noise.safetensors                torch.randn
"""

import functools
import json
import math
import pathlib
import shutil
import warnings

import diffusers
import numpy as np
import torch
import transformers
from diffusers import AutoencoderKL, StableDiffusionPipeline, UNet2DConditionModel
from diffusers import DDIMScheduler, EulerDiscreteScheduler, PNDMScheduler
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

HERE = pathlib.Path(__file__).parent
SCHEDULERS = {"ddim": DDIMScheduler, "pndm": PNDMScheduler, "euler": EulerDiscreteScheduler}
TOKENS = 16  # slots of the context

for package, pinned in (torch, "2.9.0"), (diffusers, "0.42.1"), (transformers, "5.23.0"):
    assert package.__version__.split("+")[0] == pinned, f"{package.__name__} {pinned} is needed, not {package.__version__}"
warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()
diffusers.utils.logging.disable_progress_bar()
transformers.utils.logging.disable_progress_bar()
torch.set_num_threads(1)
torch.set_grad_enabled(False)


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_tensors(path, tensors, metadata=None):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata=metadata)
    path.chmod(0o644)


# ---------------------------------------------------------------- tokenizer

CORPUS = [
    f"a {medium} of a {colour} {subject} {place} {time}, {mood}"
    for medium, colour, subject, place, time, mood in zip(
        ["watercolor", "photograph", "painting", "drawing", "pencil sketch", "photo", "poster", "woodcut"] * 6,
        ["red", "blue", "green", "yellow", "white", "black", "golden"] * 7,
        ["lighthouse", "boat", "house", "tree", "astronaut riding a horse", "castle", "bridge", "cat", "windmill"] * 6,
        ["by the sea", "in the mountains", "on a hill", "in the forest", "on mars", "under the stars", "at the harbour"] * 7,
        ["at night", "in the morning", "at sunset", "in winter", "in autumn", "at noon"] * 8,
        ["calm and bright", "highly detailed", "soft light", "dark storm clouds", "blurry, low quality", "it's raining"] * 8,
    )
]


def byte_symbols():
    """GPT-2's printable stand-ins for the 256 bytes, in CLIP's order: `!` is the first."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) for byte in plain] + [chr(256 + index) for index in range(len(others))]


def train_tokenizer():
    """A vocabulary in CLIP's layout (bytes, bytes at the end of a word, merges, two specials) with few merges."""
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Lowercase()
    words = Regex(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(words, "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    trainer = trainers.BpeTrainer(vocab_size=480, end_of_word_suffix="</w>", initial_alphabet=byte_symbols(), show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    merges = [tuple(merge) for merge in json.loads(tokenizer.to_str())["model"]["merges"]]
    symbols = byte_symbols()
    pieces = symbols + [s + "</w>" for s in symbols] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    return {piece: index for index, piece in enumerate(pieces)}, merges


def write_tokenizer(folder, vocab, merges, pad_token, fast):
    """`fast`: one tokenizer.json, as newer folders have; otherwise vocab.json and merges.txt, as in the first SD folders."""
    special = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    config = {**special, "pad_token": "<|endoftext|>", "add_prefix_space": False, "do_lower_case": True, "errors": "replace"}
    write_json(folder / "tokenizer_config.json", {**config, "model_max_length": TOKENS, "tokenizer_class": "CLIPTokenizer"})
    write_json(folder / "special_tokens_map.json", {**special, "pad_token": pad_token})
    if fast:
        CLIPTokenizer(vocab=vocab, merges=merges).backend_tokenizer.save(str(folder / "tokenizer.json"))
    else:
        (folder / "vocab.json").write_text(json.dumps(vocab, ensure_ascii=False), encoding="utf-8")
        lines = ["#version: 0.2", *(" ".join(merge) for merge in merges)]
        (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


# ---------------------------------------------------------------- models


def randomise(model, seed):
    """Weights with which every part matters (gains near 1, no bias at 0, attention far from uniform) and errors do not grow.

    With full residual branches the runs would be chaotic: f32 and f64 would end in different pictures.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in model.named_parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        if parameter.ndim == 1:
            is_gain = "norm" in name and name.endswith("weight")
            parameter.copy_(1 + 0.3 * noise if is_gain else 0.2 * noise)
        elif "embedding.weight" in name:
            parameter.copy_(noise)
        else:
            is_query_or_key = any(part in name for part in ("to_q", "to_k", "q_proj", "k_proj"))
            ends_branch = any(part in name for part in ("conv2", "proj_out", "to_out", "ff.net.2"))
            # What such a model paints is far larger than a real latent: the decoder would see nothing but its first convolution.
            gain = 0.05 if "post_quant_conv" in name else 2.0 if is_query_or_key else 0.55 if ends_branch else 1.0
            parameter.copy_(gain * noise / math.sqrt(parameter[0].numel()))
    return model


def write_model(folder, model, config, dtype, variant="", rename=lambda weights: weights):
    weights = rename({name: tensor.to(dtype) for name, tensor in model.state_dict().items()})
    stem = "model" if isinstance(model, CLIPTextModel) else "diffusion_pytorch_model"
    write_json(folder / "config.json", config)
    write_tensors(folder / f"{stem}{variant}.safetensors", weights, {"format": "pt"})


def modern_config(model):
    """All keys, as diffusers writes them today."""
    return json.loads(model.to_json_string())


def old_vae_names(weights):
    names = {".to_q.": ".query.", ".to_k.": ".key.", ".to_v.": ".value.", ".to_out.0.": ".proj_attn."}
    return {functools.reduce(lambda name, pair: name.replace(*pair), names.items(), name): w for name, w in weights.items()}


def old_text_names(weights):
    """The names in all published folders, with the buffer that the first ones carry."""
    prefixed = {name if name.startswith("text_model.") else f"text_model.{name}": w for name, w in weights.items()}
    return prefixed | {"text_model.embeddings.position_ids": torch.arange(TOKENS)[None]}


def text_config(vocab, hidden_size, layers, heads, hidden_act):
    return {
        "architectures": ["CLIPTextModel"], "model_type": "clip_text_model", "hidden_act": hidden_act, "hidden_size": hidden_size,
        "intermediate_size": 2 * hidden_size, "num_attention_heads": heads, "num_hidden_layers": layers, "layer_norm_eps": 1e-5,
        "max_position_embeddings": TOKENS, "vocab_size": len(vocab), "bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1,
    }  # fmt: skip


def write_folder(name, vocab, merges, unet, vae, text, scheduler, dtype, pad_token, fast, old, variant=""):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    seed = sum(name.encode())
    write_tokenizer(folder / "tokenizer", vocab, merges, pad_token, fast)
    model = randomise(UNet2DConditionModel.from_config(unet), seed)
    write_model(folder / "unet", model, unet if old else modern_config(model), dtype, variant)
    model = randomise(AutoencoderKL.from_config(vae), seed + 1)
    write_model(folder / "vae", model, vae if old else modern_config(model), dtype, variant, old_vae_names if old else dict)
    model = randomise(CLIPTextModel(CLIPTextConfig(**text)), seed + 2)
    write_model(folder / "text_encoder", model, text, dtype, variant, old_text_names if old else dict)
    write_json(folder / "scheduler" / "scheduler_config.json", scheduler)
    parts = {
        "feature_extractor": [None, None], "safety_checker": [None, None], "scheduler": ["diffusers", scheduler["_class_name"]],
        "text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"], "vae": ["diffusers", "AutoencoderKL"],
    }  # fmt: skip
    head = {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.6.0"}
    write_json(folder / "model_index.json", {**head, **parts})
    return folder


def write_tiny_sd1(vocab, merges):
    """Laid out as SD 1.5: old names and few keys, 1×1 convolutions, quick_gelu, PNDM, f32."""
    unet = {
        "_class_name": "UNet2DConditionModel", "_diffusers_version": "0.9.0", "act_fn": "silu", "attention_head_dim": 2,
        "block_out_channels": [8, 12, 16], "center_input_sample": False, "cross_attention_dim": 20, "downsample_padding": 1,
        "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"], "flip_sin_to_cos": True,
        "freq_shift": 0, "in_channels": 4, "layers_per_block": 1, "mid_block_scale_factor": 1, "norm_eps": 1e-5,
        "norm_num_groups": 4, "out_channels": 4, "sample_size": 8,
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    }  # fmt: skip
    vae = {
        "_class_name": "AutoencoderKL", "_diffusers_version": "0.6.0", "act_fn": "silu", "block_out_channels": [8, 8, 12],
        "down_block_types": ["DownEncoderBlock2D"] * 3, "in_channels": 3, "latent_channels": 4, "layers_per_block": 1,
        "norm_num_groups": 4, "out_channels": 3, "sample_size": 32, "up_block_types": ["UpDecoderBlock2D"] * 3,
    }  # fmt: skip
    scheduler = {
        "_class_name": "PNDMScheduler", "_diffusers_version": "0.6.0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
        "beta_start": 0.00085, "clip_sample": False, "num_train_timesteps": 1000, "set_alpha_to_one": False,
        "skip_prk_steps": True, "steps_offset": 1, "trained_betas": None,
    }  # fmt: skip
    text = text_config(vocab, 20, 2, 4, "quick_gelu")
    how = {"dtype": torch.float32, "pad_token": "<|endoftext|>", "fast": False, "old": True}
    return write_folder("tiny-sd1", vocab, merges, unet, vae, text, scheduler, **how)


def write_tiny_sd2(vocab, merges):
    """Laid out as SD 2.1 at 768: linear projections, heads per block, gelu, padding `!`, v-prediction, f16; all keys written."""
    unet = {
        "attention_head_dim": [1, 2, 4], "block_out_channels": [8, 12, 16], "cross_attention_dim": 24, "layers_per_block": 2,
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
        "mid_block_type": "UNetMidBlock2DCrossAttn", "norm_num_groups": 4, "sample_size": 8, "upcast_attention": True,
        "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "use_linear_projection": True,
    }  # fmt: skip
    vae = {
        "block_out_channels": [4, 4, 8, 8], "down_block_types": ["DownEncoderBlock2D"] * 4, "layers_per_block": 2,
        "norm_num_groups": 2, "sample_size": 64, "scaling_factor": 0.13, "up_block_types": ["UpDecoderBlock2D"] * 4,
    }  # fmt: skip
    scheduler = {
        "_class_name": "DDIMScheduler", "_diffusers_version": "0.19.0", "beta_end": 0.012, "beta_schedule": "scaled_linear",
        "beta_start": 0.00085, "num_train_timesteps": 1000, "prediction_type": "v_prediction", "rescale_betas_zero_snr": True,
        "set_alpha_to_one": False, "timestep_spacing": "trailing",
    }  # fmt: skip
    text = text_config(vocab, 24, 3, 2, "gelu")
    how = {"dtype": torch.float16, "pad_token": "!", "fast": True, "old": False, "variant": ".fp16"}
    return write_folder("tiny-sd2", vocab, merges, unet, vae, text, scheduler, **how)


def write_tiny_bk(vocab, merges):
    """Laid out as BK-SDM-Tiny: no middle block, attention down to the last level; Euler, trailing, f16 under the plain name."""
    unet = {
        "attention_head_dim": 2, "block_out_channels": [8, 12], "cross_attention_dim": 16, "layers_per_block": 1,
        "down_block_types": ["CrossAttnDownBlock2D"] * 2, "mid_block_type": None, "norm_num_groups": 4, "sample_size": 8,
        "up_block_types": ["CrossAttnUpBlock2D"] * 2,
    }  # fmt: skip
    vae = {
        "block_out_channels": [8, 8], "down_block_types": ["DownEncoderBlock2D"] * 2, "layers_per_block": 1,
        "norm_num_groups": 4, "sample_size": 16, "up_block_types": ["UpDecoderBlock2D"] * 2,
    }  # fmt: skip
    scheduler = {
        "_class_name": "EulerDiscreteScheduler", "_diffusers_version": "0.24.0", "beta_end": 0.012,
        "beta_schedule": "scaled_linear", "beta_start": 0.00085, "clip_sample": False, "interpolation_type": "linear",
        "num_train_timesteps": 1000, "prediction_type": "epsilon", "sample_max_value": 1.0, "set_alpha_to_one": False,
        "skip_prk_steps": True, "steps_offset": 1, "timestep_spacing": "trailing", "trained_betas": None,
        "use_karras_sigmas": False,
    }  # fmt: skip
    text = text_config(vocab, 16, 1, 2, "quick_gelu")
    how = {"dtype": torch.float16, "pad_token": "<|endoftext|>", "fast": False, "old": False}
    return write_folder("tiny-bk", vocab, merges, unet, vae, text, scheduler, **how)


# ---------------------------------------------------------------- runs

PROMPT = "a watercolor of a red lighthouse by the sea at night"
NEGATIVE = "blurry, low quality"


def generation(scheduler, size, steps=10, guidance=7.5, seed=42):
    return {
        "prompt": PROMPT, "negative_prompt": NEGATIVE, "seed": seed, "num_inference_steps": steps, "guidance_scale": guidance,
        "scheduler": scheduler, "width": size[0], "height": size[1],
    }  # fmt: skip


def open_pipeline(folder, scheduler):
    """The pipeline in f32 with this scheduler, made from the folder's configuration as diffusers advises."""
    config = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
    variant = "fp16" if list(folder.glob("unet/*.fp16.*")) else None
    parts = {"scheduler": SCHEDULERS[scheduler].from_config(config), "safety_checker": None, "requires_safety_checker": False}
    pipeline = StableDiffusionPipeline.from_pretrained(folder, variant=variant, torch_dtype=torch.float32, **parts)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def ids(pipeline, text):
    tokens = pipeline.tokenizer(text, padding="max_length", max_length=TOKENS, truncation=True, return_tensors="pt")
    return tokens.input_ids[0]


def run(folder, request):
    """Runs the pipeline and writes down what passes through its UNet and its scheduler."""
    pipeline = open_pipeline(folder, request["scheduler"])
    guided = request["guidance_scale"] > 1
    seen = {name: [] for name in ("latents", "noise_pred_uncond", "noise_pred_text", "noise_pred", "pred_original_sample")}
    unet, step = pipeline.unet.forward, pipeline.scheduler.step

    @functools.wraps(unet)
    def watched_unet(*args, **kwargs):
        output = unet(*args, **kwargs)
        halves = output[0].chunk(2) if guided else (output[0], output[0])
        seen["noise_pred_uncond"].append(halves[0])
        seen["noise_pred_text"].append(halves[1])
        return output

    @functools.wraps(step)
    def watched_step(model_output, timestep, sample, **kwargs):
        if not seen["latents"]:
            seen["latents"].append(sample)
        output = step(model_output, timestep, sample, **kwargs)
        seen["noise_pred"].append(model_output)
        seen["latents"].append(output[0])
        if len(output) > 1:
            seen["pred_original_sample"].append(output[1])
        return output

    pipeline.unet.forward, pipeline.scheduler.step = watched_unet, watched_step
    arguments = {key: value for key, value in request.items() if key not in ("seed", "scheduler")}
    image = pipeline(**arguments, generator=torch.Generator().manual_seed(request["seed"]), output_type="pt").images[0]

    prompt_embeds, negative_prompt_embeds = pipeline.encode_prompt(PROMPT, "cpu", 1, True, negative_prompt=NEGATIVE)
    result = {name: torch.cat(tensors) for name, tensors in seen.items() if tensors}
    result |= {"prompt_embeds": prompt_embeds, "negative_prompt_embeds": negative_prompt_embeds, "image": image}
    result |= {"token_ids": ids(pipeline, PROMPT).int(), "negative_token_ids": ids(pipeline, NEGATIVE).int()}
    result["timesteps"] = pipeline.scheduler.timesteps.float()
    if hasattr(pipeline.scheduler, "sigmas"):
        result["sigmas"] = pipeline.scheduler.sigmas
    check_run(result, guided)
    return result


def check_run(result, guided):
    """A golden run is worth nothing if it would look the same with parts missing."""
    assert all(tensor.isfinite().all() for tensor in result.values())
    assert len(result["latents"]) == len(result["timesteps"]) + 1
    assert result["image"].std() > 0.05, "the picture is flat"
    assert ((result["image"] == 0) | (result["image"] == 1)).float().mean() < 0.6, "the picture is saturated"
    difference = (result["noise_pred_text"] - result["noise_pred_uncond"]).std() / result["noise_pred_text"].std()
    assert not guided or difference > 0.08, f"the prompt hardly matters: {difference}"


def test_picture(height, width):
    """[3, height, width] in 0..1: slow waves and fine grain."""
    y, x = torch.meshgrid(torch.linspace(0, 1, height), torch.linspace(0, 1, width), indexing="ij")
    waves = torch.stack([torch.sin(7 * x + 3 * y), torch.cos(5 * y - 2 * x), torch.sin(9 * x * y)]) / 2 + 0.5
    grain = torch.rand(waves.shape, generator=torch.Generator().manual_seed(3))
    return 0.8 * waves + 0.2 * grain


def encode(folder, scheduler, size):
    pipeline = open_pipeline(folder, scheduler)
    picture = test_picture(size[1], size[0])
    posterior = pipeline.vae.encode(2 * picture[None] - 1).latent_dist
    return {"picture": picture, "latent": posterior.mean[0] * pipeline.vae.config.scaling_factor}


def write_runs(folder, runs):
    tensors = {}
    for name, request in runs.items():
        tensors |= {f"{name}/{key}": tensor for key, tensor in run(folder, request).items()}
    first = next(iter(runs.values()))
    encoded = encode(folder, first["scheduler"], (first["width"], first["height"]))
    tensors |= {f"encode/{key}": tensor for key, tensor in encoded.items()}
    write_tensors(folder.with_suffix(".safetensors"), tensors, {"runs": json.dumps(runs)})


TEXTS = [
    "", PROMPT, NEGATIVE, "Red LIGHTHOUSE", "it's a cat, isn't it? we'll see!", "!", "wow!!! a cat!",
    "  many   spaces\tand\nlines ", "route 66 in 1955", "café crème brûlée", "cafe\u0301", "日本の灯台", "🌊🚢 sea", "half½ and ²",
    "don't", "rock'n'roll", "a.b,c;d", "<|endoftext|> in the middle", "x" * 40, " ".join(["lighthouse"] * 40),
    "naïve façade — “quotes”", "emoji 👩‍🚀", "under_score", "İstanbul ẞ", "'S 'LL it'S", "a<|startoftext|>b",
    "\u00a0wide\u3000space",
]  # fmt: skip


def write_tokens(folders):
    answers = {}
    for folder in folders:
        tokenizer = CLIPTokenizer.from_pretrained(folder / "tokenizer", verbose=False)
        assert tokenizer.model_max_length == TOKENS
        padding = {"padding": "max_length", "max_length": TOKENS, "truncation": True}
        answers[folder.name] = [[text, tokenizer(text, **padding).input_ids, tokenizer(text).input_ids] for text in TEXTS]
    rows = {name: ",\n".join(json.dumps(row, ensure_ascii=False) for row in table) for name, table in answers.items()}
    tables = [f'"{name}": [\n{table}\n]' for name, table in rows.items()]
    (HERE / "tokens.json").write_text("{\n" + ",\n".join(tables) + "\n}\n", encoding="utf-8")


# ---------------------------------------------------------------- schedulers and noise

SD = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "skip_prk_steps": True}
BETAS = {
    "sd": SD,
    "linear": {},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
    "trained": {"trained_betas": [0.01 * (i + 1) for i in range(20)], "num_train_timesteps": 20},
    "sd_zero_snr": {**SD, "rescale_betas_zero_snr": True},
    "cosine_zero_snr": {"beta_schedule": "squaredcos_cap_v2", "rescale_betas_zero_snr": True},
}


def make_scheduler(kind, config, steps):
    scheduler = SCHEDULERS[kind].from_config(config)
    scheduler.set_timesteps(steps)
    return scheduler


def schedule(kind, config, steps):
    scheduler = make_scheduler(kind, config, steps)
    entry = {"scheduler": kind, "config": config, "num_inference_steps": steps, "timesteps": scheduler.timesteps.tolist()}
    if kind == "euler":
        entry |= {"sigmas": scheduler.sigmas.tolist(), "init_noise_sigma": float(scheduler.init_noise_sigma)}
    return entry


def write_schedules():
    noise_schedules = []
    for name, config in BETAS.items():
        for kind in SCHEDULERS:
            scheduler = SCHEDULERS[kind].from_config(config)
            last = len(scheduler.alphas_cumprod) - 1
            at = sorted({0, 1, 2, last // 4, last // 2, 3 * last // 4, last - 1, last})
            values = [float(scheduler.alphas_cumprod[t]) for t in at]
            noise_schedules.append({"name": name, "scheduler": kind, "config": config, "t": at, "alphas_cumprod": values})
    schedules = []
    for kind in SCHEDULERS:
        for spacing in (None, "leading", "trailing", "linspace"):
            for steps in (1, 2, 3, 4, 7, 10, 20, 30, 50):
                for offset in (0, 1) if spacing == "leading" else (1,):
                    config = {**SD, "steps_offset": offset} | ({"timestep_spacing": spacing} if spacing else {})
                    schedules.append(schedule(kind, config, steps))
        schedules.append(schedule(kind, {**BETAS["sd_zero_snr"], "timestep_spacing": "trailing", "steps_offset": 1}, 12))
    for steps in (4, 10, 20):
        schedules.append(schedule("pndm", {**SD, "skip_prk_steps": False, "steps_offset": 1}, steps))
        schedules.append(schedule("euler", {**SD, "use_karras_sigmas": True, "steps_offset": 1}, steps))
        schedules.append(schedule("euler", {**SD, "final_sigmas_type": "sigma_min", "steps_offset": 1}, steps))
    lines = ["{", '"noise_schedules": [', ",\n".join(map(json.dumps, noise_schedules)), "],", '"schedules": [']
    (HERE / "schedules.json").write_text("\n".join([*lines, ",\n".join(map(json.dumps, schedules)), "]", "}"]) + "\n")


def write_scheduler_steps():
    """Chains of steps whose model outputs are plain noise: [steps + 1, 4, 2, 3] samples, [steps, 4, 2, 3] the rest."""
    requests = []
    for kind in SCHEDULERS:
        for prediction_type in ("epsilon", "v_prediction") + (() if kind == "pndm" else ("sample",)):
            spacings = ("leading", 10, False), ("trailing", 7, False), ("linspace", 5, False), ("trailing", 4, True)
            for spacing, steps, zero_snr in spacings:
                config = {"prediction_type": prediction_type, "timestep_spacing": spacing, "rescale_betas_zero_snr": zero_snr}
                config |= {"set_alpha_to_one": spacing == "linspace", "steps_offset": 1, "clip_sample": False}
                if not (zero_snr and prediction_type == "epsilon"):
                    requests.append({"scheduler": kind, "config": {**SD, **config}, "num_inference_steps": steps})
    for prediction_type in "epsilon", "v_prediction":
        config = {**SD, "prediction_type": prediction_type, "skip_prk_steps": False, "steps_offset": 1}
        requests.append({"scheduler": "pndm", "config": config, "num_inference_steps": 10})
    tensors = {}
    for index, request in enumerate(requests):
        tensors |= {f"{index}/{key}": tensor for key, tensor in chain(request, seed=index).items()}
    write_tensors(HERE / "scheduler_steps.safetensors", tensors, {"chains": json.dumps(requests)})


def chain(request, seed):
    scheduler = make_scheduler(request["scheduler"], request["config"], request["num_inference_steps"])
    generator = torch.Generator().manual_seed(seed)
    sample = torch.randn(1, 4, 2, 3, generator=generator) * scheduler.init_noise_sigma
    model_outputs = torch.randn(len(scheduler.timesteps), 4, 2, 3, generator=generator)
    samples, inputs, originals = [sample], [], []
    for t, model_output in zip(scheduler.timesteps, model_outputs):
        inputs.append(scheduler.scale_model_input(sample, t))
        output = scheduler.step(model_output[None], t, sample)
        sample = output.prev_sample
        samples.append(sample)
        if hasattr(output, "pred_original_sample"):
            originals.append(output.pred_original_sample)
    assert all(sample.isfinite().all() for sample in samples)
    result = {"model_outputs": model_outputs, "samples": torch.cat(samples), "model_inputs": torch.cat(inputs)}
    return result | ({"pred_original_samples": torch.cat(originals)} if originals else {})


def write_noise():
    """Named by their seed, in the tensor's own shape: fewer than 16 numbers, 16, not a multiple of 16, seeds above 32 bits."""
    noise = {
        0: (1, 4, 8, 8), 1: (1, 1, 3, 5), 2: (1, 1, 1, 1), 7: (1, 4, 2, 2), 9: (1, 3, 5, 7), 2**32 + 9: (1, 3, 5, 7),
        42: (1, 4, 16, 16), 2**63 - 1: (1, 4, 3, 3), 2**64 - 1: (1, 2, 3, 3), 123456789: (2, 4, 31, 3),
    }  # fmt: skip
    tensors = {}
    for seed, shape in noise.items():
        torch.manual_seed(seed)
        tensors[str(seed)] = torch.randn(shape)
    write_tensors(HERE / "noise.safetensors", tensors)


def main():
    vocab, merges = train_tokenizer()
    folders = [write(vocab, merges) for write in (write_tiny_sd1, write_tiny_sd2, write_tiny_bk)]
    write_tokens(folders)
    runs = {kind: generation(kind, (32, 32)) for kind in ("pndm", "ddim", "euler")}
    runs["unguided"] = generation("pndm", (32, 32), guidance=1.0)
    runs["wide"] = generation("ddim", (64, 32), steps=7, guidance=3.0, seed=2**32 + 7)
    write_runs(folders[0], runs)
    runs = {kind: generation(kind, (64, 64)) for kind in ("ddim", "pndm", "euler")}
    runs["unguided"] = generation("ddim", (64, 64), guidance=0.0)
    runs["tall"] = generation("ddim", (32, 64), steps=7, guidance=3.0, seed=1)
    write_runs(folders[1], runs)
    runs = {"euler": generation("euler", (16, 16), steps=2, guidance=0.0), "guided": generation("euler", (16, 16), steps=4)}
    write_runs(folders[2], runs)
    write_schedules()
    write_scheduler_steps()
    write_noise()
    total = sum(path.stat().st_size for path in HERE.rglob("*") if path.is_file())
    assert total < 6_000_000, total
    print(f"{total / 1e6:.2f} MB of golden files")


if __name__ == "__main__":
    main()
