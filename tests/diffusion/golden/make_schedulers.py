"""What diffusers' schedulers compute, so that the samplers of `diffusion` can be compared number by number.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_schedulers.py

Writes beside itself:

    schedulers.json           timesteps, sigmas and init_noise_sigma of every sampler; first steps of img2img; timesteps of inversion
    schedulers.safetensors    steps on given model outputs and noises: metadata `chains`, and `inversions` the settings of each;
                              rescaled guidance
"""

import json
import pathlib
import sys
import types
import warnings

import diffusers
import torch
from diffusers import DDIMInverseScheduler, DDIMScheduler, DDPMScheduler, DPMSolverMultistepScheduler, EulerAncestralDiscreteScheduler
from diffusers import EulerDiscreteScheduler, LCMScheduler, PNDMScheduler, StableDiffusionImg2ImgPipeline, UniPCMultistepScheduler
from diffusers.pipelines.stable_diffusion.pipeline_stable_diffusion import rescale_noise_cfg
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
SCHEDULERS = {
    "ddpm": DDPMScheduler,
    "ddim": DDIMScheduler,
    "pndm": PNDMScheduler,
    "euler": EulerDiscreteScheduler,
    "euler-a": EulerAncestralDiscreteScheduler,
    "dpm++2m": DPMSolverMultistepScheduler,
    "dpm++2m-karras": DPMSolverMultistepScheduler,
    "unipc": UniPCMultistepScheduler,
    "lcm": LCMScheduler,
}
SD = {
    "num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1,
    "skip_prk_steps": True, "clip_sample": False,
}  # fmt: skip
SPACINGS = "leading", "trailing", "linspace"
ZERO_SNR = {"rescale_betas_zero_snr": True, "timestep_spacing": "trailing"}
SHAPE = 1, 4, 1, 2

for package, pinned in (torch, "2.9.0"), (diffusers, "0.42.1"):
    assert package.__version__.split("+")[0] == pinned, f"{package.__name__} {pinned} is needed, not {package.__version__}"
warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()
torch.set_num_threads(1)
torch.set_grad_enabled(False)


def make_scheduler(kind, config, steps):
    karras = {"use_karras_sigmas": kind.endswith("karras")} if kind.startswith("dpm") else {}
    scheduler = SCHEDULERS[kind].from_config({**config, **karras})
    scheduler.set_timesteps(steps)
    return scheduler


def sigmas_of(scheduler, steps):
    """Their own, or those of their timesteps and of what their last step arrives at."""
    if hasattr(scheduler, "sigmas"):
        return scheduler.sigmas
    timesteps, alphas_cumprod = scheduler.timesteps, scheduler.alphas_cumprod
    last = torch.tensor(1.0)
    if hasattr(scheduler, "final_alpha_cumprod") and not isinstance(scheduler, LCMScheduler):
        previous = int(timesteps[-1]) - scheduler.config.num_train_timesteps // steps
        last = alphas_cumprod[previous] if previous >= 0 else scheduler.final_alpha_cumprod
    alphas_cumprod = torch.cat([alphas_cumprod[timesteps], last[None]]).double()
    return ((1 - alphas_cumprod) / alphas_cumprod) ** 0.5


def numbers(tensor):
    return [float(f"{number:.9g}") for number in tensor.tolist()]


def schedule(kind, config, steps):
    scheduler = make_scheduler(kind, config, steps)
    return {
        "scheduler": kind,
        "config": config,
        "num_inference_steps": steps,
        "timesteps": numbers(scheduler.timesteps),
        # JSON has no infinity: null
        "sigmas": [sigma if sigma < 1e30 else None for sigma in numbers(sigmas_of(scheduler, steps))],
        "init_noise_sigma": float(scheduler.init_noise_sigma),
    }


def schedules():
    for kind in SCHEDULERS:
        # LCM has one spacing, and so have Karras' sigmas for the solvers.
        for spacing in (None, *(() if kind in ("lcm", "dpm++2m-karras") else SPACINGS)):
            for steps in 1, 4, 10, 20, 50:
                yield schedule(kind, {**SD} | ({"timestep_spacing": spacing} if spacing else {}), steps)
        # Nothing but the defaults of the class
        yield schedule(kind, {}, 10)
        yield schedule(kind, {**SD, "steps_offset": 0, "timestep_spacing": "leading"}, 10)
        if kind != "pndm":
            yield schedule(kind, {**SD, **ZERO_SNR}, 10)
        if kind in ("ddim", "pndm"):
            yield schedule(kind, {**SD, "set_alpha_to_one": kind == "pndm"}, 10)
        if hasattr(make_scheduler(kind, SD, 1).config, "final_sigmas_type"):
            yield schedule(kind, {**SD, "final_sigmas_type": "sigma_min"}, 10)
            yield schedule(kind, {**SD, "beta_schedule": "squaredcos_cap_v2"}, 10)
    for kind in "euler", "euler-a", "unipc":  # The second has no such key.
        yield schedule(kind, {**SD, "use_karras_sigmas": True}, 20)
    yield schedule("unipc", {**SD, "use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}, 10)
    yield schedule("lcm", {**SD, "original_inference_steps": 30}, 7)
    for steps in 3, 7, 12, 49:
        yield schedule("lcm", SD, steps)


def chains():
    epsilon, velocity, sample = ({"prediction_type": name} for name in ("epsilon", "v_prediction", "sample"))
    new = "ddpm", "euler-a", "dpm++2m", "dpm++2m-karras", "unipc", "lcm"
    for kind in new:
        for prediction_type in (epsilon, velocity) if kind == "euler-a" else (epsilon, velocity, sample):
            yield kind, prediction_type, 10, {}
        if kind not in ("lcm", "dpm++2m-karras"):
            # The third is the class's default.
            others = "trailing", "linspace" if kind == "ddpm" else "leading"
            yield from ((kind, {"timestep_spacing": spacing}, 10, {}) for spacing in others)
        yield kind, velocity | ZERO_SNR, 10, {}
        yield kind, {}, 1, {}
    # DDIM with η, on all its ways to end
    yield "ddim", {}, 10, {"eta": 1.0}
    yield "ddim", velocity | {"timestep_spacing": "trailing"}, 10, {"eta": 0.3}
    yield "ddim", sample | {"set_alpha_to_one": False}, 10, {"eta": 0.7}
    # At 1 diffusers rounds 1 − ᾱ − σ² to below zero here, and takes its root.
    yield "ddim", velocity | ZERO_SNR, 10, {"eta": 0.9}
    # The solvers' last steps and orders; from 15 steps on DPM-Solver++ keeps its order to the end
    for kind in "dpm++2m", "dpm++2m-karras", "unipc":
        yield kind, {"solver_order": 1}, 10, {}
        yield kind, {"final_sigmas_type": "sigma_min"}, 10, {}
        yield kind, {"final_sigmas_type": "sigma_min", "lower_order_final": False}, 10, {}
    yield "dpm++2m", {"final_sigmas_type": "sigma_min"}, 16, {}
    yield "dpm++2m", {"final_sigmas_type": "sigma_min", "euler_at_final": True}, 16, {}
    yield "unipc", {"use_karras_sigmas": True}, 10, {}
    yield "lcm", {"original_inference_steps": 20}, 4, {}
    # From a picture: begun in the middle
    for kind in SCHEDULERS:
        yield kind, {}, 10, {"begin": 4}
    yield "pndm", {}, 10, {"begin": 1}
    yield "euler", {"timestep_spacing": "leading"}, 10, {"begin": 4}


def chain(setting, seed):
    """[steps, 4, 1, 2] each; `samples` has one more: what the first step sets out from."""
    scheduler = make_scheduler(setting["scheduler"], setting["config"], setting["num_inference_steps"])
    generator = torch.Generator().manual_seed(seed)
    begin, eta = setting.get("begin"), setting.get("eta")
    timesteps = scheduler.timesteps[begin or 0 :]
    original, noise = (torch.randn(SHAPE, generator=generator) for _ in range(2))
    model_outputs, noises = (torch.randn((len(timesteps), *SHAPE[1:]), generator=generator) for _ in range(2))
    if begin is None:
        sample = noise * scheduler.init_noise_sigma
    else:
        if hasattr(scheduler, "set_begin_index"):
            scheduler.set_begin_index(begin)
        sample = scheduler.add_noise(original, noise, timesteps[:1])
    # The noise that the scheduler draws in this step; the module's own name for it is replaced.
    drawn = []
    sys.modules[type(scheduler).__module__].randn_tensor = lambda *_, **__: drawn.append(noises[len(inputs) - 1][None]) or drawn[-1]
    variance = {"eta": eta} if eta is not None else {}
    samples, inputs, originals = [sample], [], []
    for t, model_output in zip(timesteps, model_outputs):
        inputs.append(scheduler.scale_model_input(sample, t))
        output = scheduler.step(model_output[None], t, sample, **variance)
        sample = output.prev_sample
        samples.append(sample)
        originals += [output[key] for key in ("pred_original_sample", "denoised") if key in output]
    assert all(sample.isfinite().all() for sample in samples), setting
    tensors = {"original": original, "noise": noise, "model_outputs": model_outputs, "samples": torch.cat(samples)}
    if drawn:
        tensors["noises"] = noises
    if setting["scheduler"].startswith("euler"):
        tensors["model_inputs"] = torch.cat(inputs)
    return tensors | ({"pred_original_samples": torch.cat(originals)} if originals else {})


def inversions():
    for prediction_type in "epsilon", "v_prediction", "sample":
        # Where there is no noise, a predicted picture says nothing of it: diffusers divides by zero.
        for set_alpha_to_one in (False,) if prediction_type == "sample" else (False, True):
            for spacing in "leading", "trailing":
                config = {"prediction_type": prediction_type, "set_alpha_to_one": set_alpha_to_one, "timestep_spacing": spacing}
                yield {"config": {**SD, **config}, "num_inference_steps": 10}
    yield {"config": {**SD, **ZERO_SNR, "prediction_type": "v_prediction"}, "num_inference_steps": 7}


def inversion(setting, seed):
    scheduler = DDIMInverseScheduler.from_config(setting["config"])
    scheduler.set_timesteps(setting["num_inference_steps"])
    generator = torch.Generator().manual_seed(seed)
    sample = torch.randn(SHAPE, generator=generator)
    model_outputs = torch.randn((len(scheduler.timesteps), *SHAPE[1:]), generator=generator)
    samples, originals = [sample], []
    for t, model_output in zip(scheduler.timesteps, model_outputs):
        output = scheduler.step(model_output[None], int(t), sample)
        sample = output.prev_sample
        samples.append(sample)
        originals.append(output.pred_original_sample)
    assert all(sample.isfinite().all() for sample in samples), setting
    return {
        "timesteps": scheduler.timesteps.float(),
        "model_outputs": model_outputs,
        "samples": torch.cat(samples),
        "pred_original_samples": torch.cat(originals),
    }


def img2img_starts():
    for kind in "ddim", "pndm":
        for steps in 1, 4, 10, 20, 50, 100:
            for strength in 0.0, 0.1, 0.29, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.999, 1.0:
                pipeline = types.SimpleNamespace(scheduler=make_scheduler(kind, SD, steps))
                timesteps, count = StableDiffusionImg2ImgPipeline.get_timesteps(pipeline, steps, strength, None)
                start = len(pipeline.scheduler.timesteps) - len(timesteps)
                assert start == steps - count
                yield {"scheduler": kind, "num_inference_steps": steps, "strength": strength, "start": start}


def rescaled():
    generator = torch.Generator().manual_seed(0)
    noise_cfg, noise_pred_text = (torch.randn(2, 4, 2, 3, generator=generator) * scale for scale in (3.0, 0.8))
    tensors = {"noise_cfg": noise_cfg, "noise_pred_text": noise_pred_text}
    return tensors | {str(share): rescale_noise_cfg(noise_cfg, noise_pred_text, share) for share in (0.0, 0.7, 1.0)}


def main():
    lines = [f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, entries)) + "\n]" for name, entries in (
        ("schedules", schedules()), ("img2img_starts", img2img_starts()),
    )]  # fmt: skip
    (HERE / "schedulers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    settings = {
        "chains": [
            {"scheduler": kind, "config": {**SD, **config}, "num_inference_steps": steps, **others}
            for kind, config, steps, others in chains()
        ],
        "inversions": list(inversions()),
    }
    tensors = {f"rescaled/{name}": tensor for name, tensor in rescaled().items()}
    for name, make in ("chains", chain), ("inversions", inversion):
        for index, setting in enumerate(settings[name]):
            tensors |= {f"{name}/{index}/{key}": tensor for key, tensor in make(setting, seed=index).items()}
    path = HERE / "schedulers.safetensors"
    metadata = {name: json.dumps(entries) for name, entries in settings.items()}
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path, metadata=metadata)
    path.chmod(0o644)
    for name in "schedulers.json", "schedulers.safetensors":
        size = (HERE / name).stat().st_size
        assert size < 200_000, (name, size)
        print(f"{name}: {size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
