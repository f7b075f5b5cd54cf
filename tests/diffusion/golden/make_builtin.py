"""What diffusers paints with the built-in model, so that a test can hold our pictures against it. To be run anew with every new model.

    pip install torch==2.9.0 diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0 numpy==2.4.6
    python tests/diffusion/golden/make_builtin.py

Writes builtin.safetensors beside itself: a picture for each run, [3, H, W] in 0..1; metadata `runs`: each run's `Generation`,
`weights`: length and sum of the bytes of the UNet's weights, by which the test knows that the pictures belong to the model.
"""

import json
import pathlib
import warnings

import diffusers
import torch
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

HERE = pathlib.Path(__file__).parent
FOLDER = HERE.parents[2] / "weights" / "builtin"

warnings.filterwarnings("ignore")
diffusers.utils.logging.set_verbosity_error()
torch.set_num_threads(1)
torch.set_grad_enabled(False)

defaults = json.loads((FOLDER / "generation_config.json").read_text())
pipeline = StableDiffusionPipeline.from_pretrained(
    FOLDER, torch_dtype=torch.float32, safety_checker=None, requires_safety_checker=False
)
pipeline.set_progress_bar_config(disable=True)
prompts = ["a watercolour of a red boat on the sea at sunset", "an oil painting of a white lighthouse in the snow at night", "a tree"]
runs = {str(index): {"prompt": prompt, "seed": index, **defaults} for index, prompt in enumerate(prompts)}
pictures = {}
for name, run in runs.items():
    generator = torch.Generator().manual_seed(run["seed"])
    arguments = {key: value for key, value in run.items() if key != "seed"}
    pictures[name] = torch.tensor(pipeline(**arguments, generator=generator, output_type="np").images[0]).permute(2, 0, 1).contiguous()
    assert pictures[name].std() > 0.05, "the picture is flat"
content = (FOLDER / "unet" / "diffusion_pytorch_model.safetensors").read_bytes()
weights = f"{len(content)} {sum(content)}"
path = HERE / "builtin.safetensors"
save_file(pictures, path, metadata={"runs": json.dumps(runs), "weights": weights})
path.chmod(0o644)
