//! Runs that begin with a picture, add noise on the way or rescale guidance, against diffusers.

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::{Denoising, Folder, Generation, Pipeline, RequestError, SchedulerKind, Start, at_once};

use crate::golden_run::{Golden, golden, relative_error, values};

fn tiny() -> Pipeline<Flex> {
    Pipeline::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap()
}

fn last_latent(pipeline: &Pipeline<Flex>, mut denoising: Denoising<Flex>) -> Tensor<Flex, 4> {
    while at_once(denoising.step(pipeline, &mut (), &())).is_some() {}
    denoising.latent()
}

#[test]
fn every_way_to_begin_and_to_go_on_equals_diffusers() {
    let Golden { tensors, runs } = Golden::of("starts");
    let pipeline = tiny();
    let [height, width] = pipeline.shape().image;
    let picture = TensorData::new(tensors["picture"].clone(), [1, 3, height, width]);
    let mut from_picture = 0;
    for (name, generation) in &runs {
        let start = match tensors.get(&format!("{name}/strength")) {
            Some(strength) => {
                from_picture += 1;
                Start::Picture { picture: Tensor::from_data(picture.clone(), &Default::default()), strength: strength[0] }
            }
            None => Start::Noise,
        };
        let denoising = pipeline.begin_from(generation, start, &mut ()).unwrap();
        let error = relative_error(&values(last_latent(&pipeline, denoising)), &tensors[name]);
        assert!(error < 1e-3, "{name} is off by {error:.2e}");
    }
    assert!(runs.len() >= 8 && from_picture >= 3);
}

#[test]
fn a_picture_inverts_to_the_latent_of_diffusers() {
    let Golden { tensors, runs } = Golden::of("starts");
    let pipeline = tiny();
    let [height, width] = pipeline.shape().image;
    let picture = Tensor::from_data(TensorData::new(tensors["picture"].clone(), [1, 3, height, width]), &Default::default());
    let inverted = at_once(pipeline.invert(&runs["picture-ddim"], picture, &())).unwrap();
    let error = relative_error(&values(inverted), &tensors["inverted"]);
    assert!(error < 1e-3, "off by {error:.2e}");
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
