//! Hands in the machine, held against diffusers with the same switches put on from outside (`golden/make_interventions.py`).

use burn_flex::Flex;
use diffusion::{
    Block, Branch, Folder, Generation, Intervention, Part, Pipeline, RequestError, SchedulerKind, Site, WordWeight, at_once,
};

use crate::golden_run::{Golden, golden, relative_error, values};

fn pipeline() -> Pipeline<Flex> {
    Pipeline::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap()
}

#[test]
fn every_intervention_gives_the_latents_of_diffusers() {
    let golden_file = Golden::of("interventions");
    let pipeline = pipeline();
    assert_eq!(golden_file.runs.len(), 14);
    for (name, generation) in &golden_file.runs {
        let mut denoising = pipeline.begin(generation, &mut ()).unwrap();
        let mut latents = values(denoising.latent());
        while let Some(step) = at_once(denoising.step(&pipeline, &mut (), &())) {
            latents.extend(values(step.latent));
        }
        let error = relative_error(&latents, &golden_file.tensors[name]);
        assert!(error < 1e-4, "{name} is off by {error:.2e}");
    }
}

#[test]
fn a_branch_of_a_kept_step_is_the_same_run() {
    let pipeline = pipeline();
    let stem = Generation { num_inference_steps: Some(4), ..Generation::of("a red lighthouse") };
    let branch = Branch { step: 2, prompt: Some("a green boat".into()), ..Branch::default() };
    let generation = Generation { branch: Some(branch), ..stem.clone() };
    let last = |mut denoising: diffusion::Denoising<Flex>| {
        while at_once(denoising.step(&pipeline, &mut (), &())).is_some() {}
        values(denoising.latent())
    };
    let mut kept = pipeline.begin(&stem, &mut ()).unwrap();
    for _ in 0..2 {
        at_once(kept.step(&pipeline, &mut (), &())).unwrap();
    }
    let branched = last(kept.branched_to(&pipeline, &generation).unwrap());
    assert_eq!(branched, last(pipeline.begin(&generation, &mut ()).unwrap()));
    assert_ne!(branched, last(kept));
}

#[test]
fn generations_part_where_they_first_differ() {
    let stem = Generation::of("a boat");
    let branched = |step| Generation { branch: Some(Branch { step, ..Branch::default() }), ..stem.clone() };
    assert_eq!(stem.parts_from(&stem), None);
    assert_eq!(stem.parts_from(&Generation { seed: 1, ..stem.clone() }), Some(0));
    assert_eq!(stem.parts_from(&branched(3)), Some(3));
    assert_eq!(branched(5).parts_from(&branched(3)), Some(3));
    assert_eq!(branched(5).parts_from(&branched(5)), None);
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let pipeline = pipeline();
    let refused = |generation: Generation| pipeline.begin(&generation, &mut ()).unwrap_err();
    let steps = (Some(2), Some(SchedulerKind::Ddim));
    let boat = || Generation { num_inference_steps: steps.0, scheduler: steps.1, ..Generation::of("a boat") };
    let with = |intervention| Generation { intervention, ..boat() };
    let off = |site| with(Intervention { switched_off: vec![site], ..Intervention::default() });
    let weigh = |word, weight| with(Intervention { word_weights: vec![WordWeight { word, weight }], ..Intervention::default() });
    for site in [Site::ConvIn, Site::Unet(Block::Down(9), Part::Output), Site::Unet(Block::Down(0), Part::Skip(0))] {
        let message = refused(off(site)).to_string();
        assert!(message.contains(&site.to_string()) && message.contains("unet.down.0"), "{message}");
    }
    assert_eq!(refused(weigh(2, 0.5)), RequestError::NoSuchWord { word: 2, words: 2 });
    assert!(matches!(refused(weigh(1, f32::NAN)), RequestError::WordWeight { .. }));
    let branch = Branch { step: 2, ..Branch::default() };
    assert_eq!(refused(Generation { branch: Some(branch), ..boat() }), RequestError::BranchStep { step: 2, steps: 2 });
    assert!(pipeline.begin(&off(Site::Unet(Block::Up(1), Part::Skip(0))), &mut ()).is_ok());
}
