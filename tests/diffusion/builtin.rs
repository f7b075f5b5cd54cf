//! The built-in model is an ordinary diffusers folder: diffusers paints the same pictures with it (`golden/make_builtin.py`).

use std::path::Path;

use burn_flex::Flex;
use diffusion::{Folder, Pipeline, at_once};
use safetensors::SafeTensors;

use crate::golden_run::{Golden, golden, relative_error, values};

#[test]
fn the_built_in_model_paints_what_diffusers_paints_with_it() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../weights/builtin"));
    let weights = std::fs::read(folder.join("unet/diffusion_pytorch_model.safetensors")).unwrap();
    let sum: u64 = weights.iter().map(|&byte| u64::from(byte)).sum();
    let file = std::fs::read(golden("builtin.safetensors")).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&file).unwrap();
    let painted_with = &metadata.metadata().as_ref().unwrap()["weights"];
    assert_eq!(*painted_with, format!("{} {sum}", weights.len()), "the model is another one: run golden/make_builtin.py");

    let golden_file = Golden::of("builtin");
    let pipeline = Pipeline::<Flex>::load(&Folder::open(folder).unwrap(), &Default::default()).unwrap();
    assert_eq!(golden_file.runs.len(), 3);
    for (name, generation) in &golden_file.runs {
        let mut denoising = pipeline.begin(generation, &mut ()).unwrap();
        while at_once(denoising.step(&pipeline, &mut (), &())).is_some() {}
        let picture = values(at_once(pipeline.decode(denoising.latent(), &mut (), &())));
        let error = relative_error(&picture, &golden_file.tensors[name]);
        assert!(error < 1e-2, "“{}” is off by {error:.2e}", generation.prompt);
    }
}
