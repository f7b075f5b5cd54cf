//! Runs that begin with a picture, add noise on the way or rescale guidance, against diffusers.

use std::collections::HashMap;

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::{Denoising, Folder, Generation, Pipeline, RequestError, SchedulerKind, Start, at_once};
use safetensors::SafeTensors;

use crate::golden_run::{golden, relative_error, values};

fn tiny() -> Pipeline<Flex> {
    Pipeline::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap()
}

fn tensor(numbers: Vec<f32>, shape: [usize; 4]) -> Tensor<Flex, 4> {
    Tensor::from_data(TensorData::new(numbers, shape), &Default::default())
}

fn last_latent(pipeline: &Pipeline<Flex>, mut denoising: Denoising<Flex>) -> Tensor<Flex, 4> {
    while at_once(denoising.step(pipeline, &mut (), &())).is_some() {}
    denoising.latent()
}

fn golden_tensors() -> (HashMap<String, Vec<f32>>, [usize; 4], HashMap<String, String>) {
    let bytes = std::fs::read(golden("starts.safetensors")).unwrap();
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |data: &[u8]| data.chunks_exact(4).map(|word| f32::from_le_bytes(word.try_into().unwrap())).collect();
    let tensors = file.tensors().into_iter().map(|(name, view)| (name, numbers(view.data()))).collect();
    let size = file.tensor("picture").unwrap().shape().try_into().unwrap();
    (tensors, size, header.metadata().clone().unwrap())
}

#[test]
fn every_way_to_begin_and_to_go_on_equals_diffusers() {
    let (tensors, size, facts) = golden_tensors();
    let runs: HashMap<String, Generation> = serde_json::from_str(&facts["runs"]).unwrap();
    let strengths: HashMap<String, f32> = serde_json::from_str(&facts["strengths"]).unwrap();
    assert!(runs.len() >= 8 && strengths.len() >= 3);
    let pipeline = tiny();
    for (name, generation) in &runs {
        let picture = || tensor(tensors["picture"].clone(), size);
        let start = match strengths.get(name) {
            Some(&strength) => Start::Picture { picture: picture(), strength },
            None => Start::Noise,
        };
        let denoising = pipeline.begin_from(generation, start, &mut ()).unwrap();
        let error = relative_error(&values(last_latent(&pipeline, denoising)), &tensors[name]);
        assert!(error < 1e-3, "{name} is off by {error:.2e}");
    }
}

#[test]
fn what_cannot_begin_is_refused_by_name() {
    let pipeline = tiny();
    let [height, width] = pipeline.shape().image;
    let begin = |generation: Generation, start| pipeline.begin_from(&generation, start, &mut ()).unwrap_err();
    let picture = |strength| Start::Picture { picture: Tensor::zeros([1, 3, height, width], &Default::default()), strength };
    let scheduler = Some(SchedulerKind::Ddim);
    let boat = || Generation { num_inference_steps: Some(4), scheduler, ..Generation::of("a boat") };
    assert_eq!(begin(boat(), picture(1.5)), RequestError::NotAShare { name: "strength", value: 1.5 });
    assert_eq!(begin(boat(), picture(0.1)), RequestError::NoSteps { strength: 0.1, steps: 4 });
    assert_eq!(
        begin(Generation { eta: Some(-1.0), ..boat() }, Start::Noise),
        RequestError::NotAShare { name: "eta", value: -1.0 }
    );
    let small = Start::Picture { picture: Tensor::zeros([1, 3, 8, 8], &Default::default()), strength: 0.5 };
    let message = begin(boat(), small).to_string();
    assert!(message.contains("8×8") && message.contains(&format!("{width}×{height}")), "{message}");
}
