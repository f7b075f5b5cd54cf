"""Times a diffusers folder in PyTorch, as `latentarium bench` does in burn: peer.py FOLDER THREADS SECONDS

pip install torch==2.9.0 diffusers==0.42.1 transformers accelerate

With `peer.py --make-sd15 FOLDER` a folder of Stable Diffusion 1.5's shapes with random weights is written (1.7 GB, f16), unless it is there.
"""

import json
import resource
import statistics
import sys
import time
from pathlib import Path

import torch
from diffusers import StableDiffusionPipeline

PROMPT = "an oil painting of a red boat on the sea at sunset"
PEAK = 1024
PATIENCE_SECONDS = 60.0


def measure(folder, threads, seconds):
    torch.set_num_threads(threads)
    cuda = torch.cuda.is_available()
    device = "cuda" if cuda else "cpu"
    pipe = StableDiffusionPipeline.from_pretrained(folder, safety_checker=None, torch_dtype=torch.float32).to(device)
    unet, vae, scheduler = pipe.unet, pipe.vae, pipe.scheduler
    scheduler.set_timesteps(50)

    def wait():
        if cuda:
            torch.cuda.synchronize()

    def median(work):
        work()
        wait()
        start, times = time.perf_counter(), []

        def passed():
            return time.perf_counter() - start

        while not times or passed() < seconds or (len(times) < 3 and passed() < PATIENCE_SECONDS):
            begun = time.perf_counter()
            work()
            wait()
            times.append((time.perf_counter() - begun) * 1e3)
        return statistics.median(times)

    def embeds():
        return torch.cat(pipe.encode_prompt(PROMPT, device, 1, True, "")[::-1])

    latent = torch.randn(1, unet.config.in_channels, unet.config.sample_size, unet.config.sample_size, device=device)

    def begin():
        embeds()
        torch.randn(latent.shape, generator=torch.manual_seed(0))

    context = embeds()
    timestep = scheduler.timesteps[0]

    def step():
        both = scheduler.scale_model_input(torch.cat([latent] * 2), timestep)
        uncond, text = unet(both, timestep, encoder_hidden_states=context).sample.chunk(2)
        # Back to the first step: the same one over and over.
        scheduler._step_index = None
        return scheduler.step(uncond + 3.0 * (text - uncond), timestep, latent).prev_sample

    left, right = torch.randn(2, PEAK, PEAK, device=device)
    result = {
        "begin_ms": median(begin),
        "step_ms": median(step),
        "decode_ms": median(lambda: vae.decode(latent / vae.config.scaling_factor).sample),
    }
    result["peak_gflops"] = 2 * PEAK**3 / median(lambda: left @ right) / 1e6
    result["device"] = f"PyTorch {torch.__version__}, {torch.cuda.get_device_name() if cuda else 'CPU'}"
    result["peak_bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(result))


def make_sd15(folder):
    """The configurations of Stable Diffusion 1.5 with weights drawn from seed 0."""
    if (folder / "model_index.json").exists():
        return
    from diffusers import AutoencoderKL, PNDMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    unet = UNet2DConditionModel(sample_size=64, cross_attention_dim=768)
    vae = AutoencoderKL(
        block_out_channels=(128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=2,
        sample_size=512,
    )
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
            max_position_embeddings=77, hidden_act="quick_gelu", projection_dim=768,
        )
    )
    # A vocabulary of single letters: what the words are does not change how long they take.
    letters = [chr(code) for code in range(33, 127)]
    vocab = {token: index for index, token in enumerate(letters + [letter + "</w>" for letter in letters])}
    vocab |= {"<|startoftext|>": 49406, "<|endoftext|>": 49407}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "words").mkdir(exist_ok=True)
    (folder / "words/vocab.json").write_text(json.dumps(vocab))
    (folder / "words/merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(
        str(folder / "words/vocab.json"), str(folder / "words/merges.txt"), unk_token="<|endoftext|>", pad_token="<|endoftext|>", model_max_length=77
    )
    scheduler = PNDMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", skip_prk_steps=True, steps_offset=1, set_alpha_to_one=False)
    pipe = StableDiffusionPipeline(vae, text, tokenizer, unet, scheduler, None, None, requires_safety_checker=False)
    pipe.to(torch.float16).save_pretrained(folder)


if __name__ == "__main__":
    with torch.no_grad():
        if sys.argv[1] == "--make-sd15":
            make_sd15(Path(sys.argv[2]))
        else:
            measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))
