//! The same numbers as diffusers, on the CPU.

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::{Folder, Generation, Pipeline};

use crate::golden_run::{FOLDERS, Golden, check_folder, golden, relative_error, values};

#[test]
fn every_run_of_stable_diffusion_1_equals_diffusers() {
    check_folder::<Flex>("tiny-sd1", &Default::default());
}

#[test]
fn every_run_of_stable_diffusion_2_equals_diffusers() {
    check_folder::<Flex>("tiny-sd2", &Default::default());
}

#[test]
fn a_unet_without_a_middle_block_equals_diffusers() {
    check_folder::<Flex>("tiny-bk", &Default::default());
}

#[test]
fn encoding_a_picture_equals_diffusers() {
    for folder in FOLDERS {
        let Golden { tensors, .. } = Golden::of(folder);
        let (Some(picture), Some(latent)) = (tensors.get("encode/picture"), tensors.get("encode/latent")) else {
            panic!("{folder} has no encoded picture");
        };
        let pipeline = Pipeline::<Flex>::load(&Folder::open(golden(folder)).unwrap(), &Default::default()).unwrap();
        let [height, width] = pipeline.shape().image;
        let picture = Tensor::from_data(TensorData::new(picture.clone(), [1, 3, height, width]), &Default::default());
        assert!(relative_error(&values(pipeline.encode(picture)), latent) < 1e-3, "{folder}");
    }
}

#[test]
fn guidance_scale_one_is_the_text_prediction() {
    let prediction = |seed| {
        let shape = [1, 4, 2, 2];
        Tensor::<Flex, 4>::from_data(TensorData::new(diffusion::latent::randn(seed, shape), shape), &Default::default())
    };
    let guided = values(diffusion::guide(prediction(1), prediction(2), 1.0));
    assert!(relative_error(&guided, &values(prediction(2))) < 1e-6);
}

#[test]
fn without_guidance_the_model_sees_the_prompt_alone() {
    let pipeline = Pipeline::<Flex>::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap();
    let generation = Generation { guidance_scale: Some(1.0), num_inference_steps: Some(2), ..Generation::of("a red boat") };
    let mut denoising = pipeline.begin(&generation, &mut ()).unwrap();
    let step = diffusion::at_once(denoising.step(&pipeline, &mut (), &())).unwrap();
    assert_eq!(values(step.noise_pred), values(step.noise_pred_text.clone()));
    assert_eq!(values(step.noise_pred_uncond), values(step.noise_pred_text));
}
