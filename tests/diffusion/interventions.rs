//! Hands in the machine, held against diffusers with the same switches put on from outside (`golden/make_interventions.py`).

use burn_flex::Flex;
use diffusion::{
    Block, Branch, Folder, Generation, Intervention, Part, Pipeline, RequestError, SchedulerKind, Site, SiteScale, WordWeight,
    at_once,
};

use crate::golden_run::{Golden, golden, relative_error, values};

fn pipeline() -> Pipeline<Flex> {
    Pipeline::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap()
}

/// Before the first step and after each.
fn latents(pipeline: &Pipeline<Flex>, generation: &Generation) -> Vec<f32> {
    let mut denoising = pipeline.begin(generation, &mut ()).unwrap();
    let mut latents = values(denoising.latent());
    while let Some(step) = at_once(denoising.step(pipeline, &mut (), &())) {
        latents.extend(values(step.latent));
    }
    latents
}

fn two_steps() -> Generation {
    let scheduler = Some(SchedulerKind::Ddim);
    Generation { num_inference_steps: Some(2), scheduler, ..Generation::of("a red lighthouse") }
}

fn check(file: &str, runs: usize) {
    let golden_file = Golden::of(file);
    let pipeline = pipeline();
    assert_eq!(golden_file.runs.len(), runs);
    for (name, generation) in &golden_file.runs {
        let error = relative_error(&latents(&pipeline, generation), &golden_file.tensors[name]);
        assert!(error < 1e-4, "{file}, {name} is off by {error:.2e}");
    }
}

#[test]
fn every_intervention_gives_the_latents_of_diffusers() {
    check("interventions", 14);
}

#[test]
fn every_scaled_part_gives_the_latents_of_diffusers() {
    check("interventions_scaled", 11);
}

#[test]
fn scale_one_changes_nothing_and_scale_zero_is_off() {
    let pipeline = pipeline();
    let shape = pipeline.shape();
    let plain = two_steps();
    let with = |intervention| latents(&pipeline, &Generation { intervention, ..plain.clone() });
    let unchanged = latents(&pipeline, &plain);
    let mut sites = 0;
    for block in &shape.blocks {
        let parts = [Part::Output].into_iter().chain((0..block.resnets).map(Part::Skip));
        let parts =
            parts.chain((0..block.transformers).flat_map(|index| [Part::SelfAttention(index), Part::CrossAttention(index)]));
        for site in parts.map(|part| Site::Unet(block.block, part)).filter(|site| shape.can_switch_off(*site)) {
            let scaled = |scale| with(Intervention { scaled: vec![SiteScale { site, scale }], ..Intervention::default() });
            let off = with(Intervention { switched_off: vec![site], ..Intervention::default() });
            assert_eq!(scaled(1.0), unchanged, "{site}");
            assert_eq!(scaled(0.0), off, "{site}");
            assert_ne!(off, unchanged, "{site}");
            sites += 1;
        }
    }
    let skips = shape.skips.len();
    let attentions: usize = shape.blocks.iter().map(|block| 2 * block.transformers).sum();
    assert_eq!(sites, shape.blocks.len() + skips + attentions);
}

#[test]
fn what_is_off_stays_off_and_the_first_scale_holds() {
    let pipeline = pipeline();
    let with = |intervention| latents(&pipeline, &Generation { intervention, ..two_steps() });
    let site = Site::Unet(Block::Mid, Part::Output);
    let scales = |scales: &[f32]| scales.iter().map(|&scale| SiteScale { site, scale }).collect::<Vec<_>>();
    let off = with(Intervention { switched_off: vec![site], ..Intervention::default() });
    assert_eq!(with(Intervention { switched_off: vec![site], scaled: scales(&[2.0]), ..Intervention::default() }), off);
    let half = with(Intervention { scaled: scales(&[0.5]), ..Intervention::default() });
    assert_eq!(with(Intervention { scaled: scales(&[0.5, 2.0]), ..Intervention::default() }), half);
}

#[test]
fn the_cross_attentions_of_a_block_are_its_transformers() {
    let pipeline = pipeline();
    for block in &pipeline.shape().blocks {
        let sites = pipeline.shape().cross_attention_of(block.block);
        assert_eq!(sites.len(), block.transformers);
        assert!(sites.iter().all(|site| pipeline.shape().can_switch_off(*site)));
    }
    assert!(pipeline.shape().cross_attention_of(Block::Down(9)).is_empty());
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
    let scaled = |site, scale| with(Intervention { scaled: vec![SiteScale { site, scale }], ..Intervention::default() });
    assert!(matches!(refused(scaled(Site::ConvIn, 0.5)), RequestError::NotSwitchable { site: Site::ConvIn, .. }));
    for scale in [-0.1, f32::NAN, SiteScale::MOST + 1.0] {
        let error = refused(scaled(Site::Unet(Block::Mid, Part::Output), scale));
        assert!(matches!(error, RequestError::SiteScale { .. }) && error.to_string().contains("unet.mid"), "{error}");
    }
    assert_eq!(refused(weigh(2, 0.5)), RequestError::NoSuchWord { word: 2, words: 2 });
    assert!(matches!(refused(weigh(1, f32::NAN)), RequestError::WordWeight { .. }));
    let branch = Branch { step: 2, ..Branch::default() };
    assert_eq!(refused(Generation { branch: Some(branch), ..boat() }), RequestError::BranchStep { step: 2, steps: 2 });
    assert!(pipeline.begin(&off(Site::Unet(Block::Up(1), Part::Skip(0))), &mut ()).is_ok());
}
