//! Sites: their names, and what an observer sees at them.

use std::collections::HashMap;

use burn::tensor::Tensor;
use burn_flex::Flex;
use diffusion::{Block, Folder, Generation, Observer, Part, Pipeline, Site, at_once};

use crate::golden_run::{golden, values};

#[test]
fn every_site_is_found_by_its_name() {
    let blocks = [Block::Down(1), Block::Mid, Block::Up(2)];
    let parts =
        [Part::Resnet(0), Part::Attention(1), Part::SelfAttention(0), Part::CrossAttention(1), Part::Skip(2), Part::Output];
    let inside = blocks.into_iter().flat_map(|block| parts.into_iter().map(move |part| Site::Unet(block, part)));
    let outside = [
        Site::TextLayer(3),
        Site::TextAttention(1),
        Site::TimeEmbedding,
        Site::ConvIn,
        Site::ConvOut,
        Site::DecoderMid,
        Site::DecoderUp(1),
    ];
    for site in inside.chain(outside) {
        assert_eq!(site.to_string().parse::<Site>().unwrap(), site);
    }
    assert!("unet.sideways.1".parse::<Site>().unwrap_err().to_string().contains("unet.down.1.attn.0.cross"));
}

/// Keeps all it is shown.
#[derive(Default)]
struct Everything(HashMap<Site, Tensor<Flex, 4>>);

impl Observer<Flex> for Everything {
    fn wants(&self, _site: Site) -> bool {
        true
    }

    fn observe(&mut self, site: Site, tensor: Tensor<Flex, 4>) {
        self.0.insert(site, tensor);
    }
}

fn observed(folder: &str) -> (Pipeline<Flex>, Everything) {
    let pipeline = Pipeline::<Flex>::load(&Folder::open(golden(folder)).unwrap(), &Default::default()).unwrap();
    let mut seen = Everything::default();
    let mut denoising = pipeline.begin(&Generation::of("a red lighthouse"), &mut seen).unwrap();
    at_once(denoising.step(&pipeline, &mut seen, &())).unwrap();
    at_once(pipeline.decode(denoising.latent(), &mut seen, &()));
    (pipeline, seen)
}

#[test]
fn what_is_seen_has_the_size_that_the_shape_foretells() {
    for folder in ["tiny-sd1", "tiny-sd2", "tiny-bk"] {
        let (pipeline, seen) = observed(folder);
        let shape = pipeline.shape();
        let size = |site| seen.0.get(&site).map(|tensor| <[usize; 3]>::try_from(&tensor.dims()[1..]).unwrap());
        for block in &shape.blocks {
            assert_eq!(size(Site::Unet(block.block, Part::Output)), Some(block.output), "{folder} {:?}", block.block);
        }
        for skip in &shape.skips {
            assert_eq!(size(Site::Unet(skip.to, Part::Skip(skip.resnet))), Some(skip.size), "{folder} {skip:?}");
        }
        assert_eq!(size(Site::DecoderMid), Some(shape.decoder[0]));
        for (index, stage) in shape.decoder[1..].iter().enumerate() {
            assert_eq!(size(Site::DecoderUp(index)), Some(*stage));
        }
        assert_eq!(size(Site::TextLayer(shape.text_layers - 1)), Some([1, shape.tokens, shape.hidden_size]));
    }
}

#[test]
fn a_skip_connection_delivers_what_it_was_given() {
    let (pipeline, seen) = observed("tiny-sd1");
    let mut given: HashMap<Block, usize> = HashMap::new();
    for skip in &pipeline.shape().skips {
        let arrived = values(seen.0[&Site::Unet(skip.to, Part::Skip(skip.resnet))].clone());
        let sent = match skip.from {
            None => &seen.0[&Site::ConvIn],
            Some(block) => {
                let index = given.entry(block).or_default();
                *index += 1;
                &seen.0[&Site::Unet(block, Part::Skip(*index - 1))]
            }
        };
        assert_eq!(arrived, values(sent.clone()), "{skip:?}");
    }
}

#[test]
fn attention_weights_sum_to_one_over_the_words() {
    let (pipeline, seen) = observed("tiny-sd1");
    let mut maps = 0;
    for (site, weights) in &seen.0 {
        if let Site::Unet(_, Part::CrossAttention(_)) = site {
            assert_eq!(weights.dims()[3], pipeline.shape().tokens);
            let sums = values(weights.clone().sum_dim(3));
            assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-4), "{site}");
            maps += 1;
        }
    }
    assert_eq!(maps, pipeline.shape().blocks.iter().map(|block| block.transformers).sum::<usize>());
}

#[test]
fn being_watched_changes_nothing() {
    let (pipeline, _) = observed("tiny-sd2");
    let run = |observer: &mut Everything| {
        let mut denoising = pipeline.begin(&Generation::of("a cat"), &mut ()).unwrap();
        values(at_once(denoising.step(&pipeline, observer, &())).unwrap().latent)
    };
    let unwatched = {
        let mut denoising = pipeline.begin(&Generation::of("a cat"), &mut ()).unwrap();
        values(at_once(denoising.step(&pipeline, &mut (), &())).unwrap().latent)
    };
    assert_eq!(run(&mut Everything::default()), unwatched);
}
