//! Word maps, held against the published aggregation (`golden/make_word_maps.py`).

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::{Folder, Observer, Pipeline, Site, WordMaps, at_once, word_mask};

use crate::golden_run::{Golden, golden, relative_error};

fn check(what: &str, ours: &[f32], theirs: &[f32]) {
    let error = relative_error(ours, theirs);
    assert!(error < 1e-4, "{what} is off by {error:.2e}");
}

/// [batch, heads, tokens] of the made-up run, which has two steps.
const GIVEN: [usize; 3] = [2, 2, 6];
const GIVEN_LATENT: [usize; 2] = [16, 8];

/// The made-up run, step by step.
fn given(golden_file: &Golden) -> WordMaps<Flex> {
    let mut maps = WordMaps::new(GIVEN_LATENT);
    let [batch, heads, tokens] = GIVEN;
    for step in 0..2 {
        for (name, weights) in &golden_file.tensors {
            let Some(Ok(site)) = name.strip_prefix("given/").map(str::parse::<Site>) else { continue };
            let of_step = &weights[step * weights.len() / 2..(step + 1) * weights.len() / 2];
            let shape = [batch, heads, of_step.len() / (batch * heads * tokens), tokens];
            maps.observe(site, Tensor::from_data(TensorData::new(of_step.to_vec(), shape), &Default::default()));
        }
    }
    maps
}

#[test]
fn given_weights_make_the_published_maps() {
    let golden_file = Golden::of("word_maps");
    let maps = given(&golden_file);
    let pixels = GIVEN_LATENT.iter().product();
    let slots: Vec<usize> = (0..GIVEN[2]).collect();
    let read = pollster::block_on(maps.read(&slots)).unwrap();
    assert_eq!(read.size, GIVEN_LATENT);
    for (slot, expected) in golden_file.tensors["given/maps"].chunks_exact(pixels).enumerate() {
        check(&format!("slot {slot}"), &read.word(&[slot]).unwrap(), expected);
    }
    let shared = pollster::block_on(maps.read(&[1, 2, 3, 4])).unwrap().normalised();
    for (slot, expected) in (1..).zip(golden_file.tensors["given/normalised"].chunks_exact(pixels)) {
        check(&format!("slot {slot}, shared"), &shared.word(&[slot]).unwrap(), expected);
    }
}

#[test]
fn a_run_makes_the_published_maps_of_its_words() {
    let golden_file = Golden::of("word_maps");
    let pipeline = Pipeline::<Flex>::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap();
    let mut denoising = pipeline.begin(&golden_file.runs["run"], &mut ()).unwrap();
    let [_, _, height, width] = denoising.latent().dims();
    let mut maps = WordMaps::new([height, width]);
    while at_once(denoising.step(&pipeline, &mut maps, &())).is_some() {}
    let words: Vec<Option<usize>> = denoising.tokens().slots.iter().map(|token| token.word).collect();
    let slots_of = |word| (0..words.len()).filter(|&slot| words[slot] == Some(word)).collect::<Vec<_>>();
    let of_words: Vec<usize> = (0..words.len()).filter(|&slot| words[slot].is_some()).collect();
    let read = pollster::block_on(maps.read(&of_words)).unwrap();
    let shared = read.clone().normalised();
    for word in 0..6 {
        check(&format!("word {word}"), &read.word(&slots_of(word)).unwrap(), &golden_file.tensors[&format!("run/word.{word}")]);
        let expected = &golden_file.tensors[&format!("run/normalised.{word}")];
        check(&format!("word {word}, shared"), &shared.word(&slots_of(word)).unwrap(), expected);
    }
}

#[test]
fn what_was_not_seen_has_no_map() {
    let maps = WordMaps::<Flex>::new([4, 4]);
    let read = pollster::block_on(maps.read(&[1])).unwrap();
    assert_eq!(read.word(&[1]).unwrap(), vec![0.0; 16]);
    assert_eq!(read.word(&[1, 2]), None);
    assert_eq!(read.word(&[]), None);
}

#[test]
fn a_mask_is_where_a_map_reaches_its_share_of_the_maximum() {
    assert_eq!(word_mask(&[0.1, 0.4, 0.2, 0.19], 0.5), [false, true, true, false]);
    assert_eq!(word_mask(&[0.1, 0.4], 0.0), [true, true]);
}
