//! Latent consistency models: the UNet is told the guidance scale, as diffusers tells it (`golden/make_lcm.py`).

use burn_flex::Flex;
use diffusion::unet::{UNet2DConditionConfig, UNet2DConditionModel, guidance_scale_embedding};
use diffusion::{Folder, Switches, at_once};

use crate::golden_run::{golden, relative_error, values};
use crate::golden_tensors::tensor;

const FILE: &str = "lcm.safetensors";
const WIDTH: usize = 10;

fn unet() -> UNet2DConditionModel<Flex> {
    let folder = Folder::open(golden("tiny-lcm")).unwrap();
    let config = folder.read_config("unet", UNet2DConditionConfig::check).unwrap();
    assert_eq!(config.time_cond_proj_dim, Some(WIDTH));
    folder.load_weights(config.init(&Default::default()), "unet", "diffusion_pytorch_model").unwrap()
}

/// The UNet's output for the golden input.
fn output(guidance_scale: Option<f32>) -> Vec<f32> {
    let condition = guidance_scale.map(|scale| guidance_scale_embedding::<Flex>(scale, WIDTH, &Default::default()));
    let (sample, timestep, context) = (tensor(FILE, "sample"), tensor(FILE, "timestep"), tensor(FILE, "context"));
    values(at_once(unet().forward(sample, timestep, context, condition, &Switches::default(), &mut (), &())))
}

#[test]
fn the_guidance_scale_becomes_the_waves_of_diffusers() {
    for (name, scale, width) in
        [("1.0/10", 1.0, 10), ("7.5/10", 7.5, 10), ("7.5/256", 7.5, 256), ("14.0/256", 14.0, 256), ("3.0/7", 3.0, 7)]
    {
        let ours = guidance_scale_embedding::<Flex>(scale, width, &Default::default());
        assert_eq!(ours.dims(), [1, width]);
        let error = relative_error(&values(ours), &values(tensor::<2>(FILE, &format!("embedding/{name}"))));
        assert!(error < 1e-3, "{name} is off by {error:.2e}");
    }
}

#[test]
fn a_unet_that_is_told_the_guidance_scale_equals_diffusers() {
    for (name, scale) in [("1.0", Some(1.0)), ("7.5", Some(7.5)), ("none", None)] {
        let error = relative_error(&output(scale), &values(tensor::<4>(FILE, &format!("output/{name}"))));
        assert!(error < 1e-3, "under guidance scale {name} the output is off by {error:.2e}");
    }
}

#[test]
fn the_guidance_scale_matters() {
    assert!(relative_error(&output(Some(1.0)), &output(Some(7.5))) > 0.02);
}
