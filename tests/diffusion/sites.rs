//! Sites: their names, and what an observer sees at them.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use burn::tensor::{Tensor, TensorData};
use burn_flex::Flex;
use diffusion::vae::AutoencoderKlConfig;
use diffusion::{Block, Folder, Generation, Observer, Part, Pipeline, Site, at_once};

use crate::golden_run::{Golden, golden, relative_error, values};

#[test]
fn every_site_is_found_by_its_name() {
    let blocks = [Block::Down(1), Block::Mid, Block::Up(2)];
    let parts = [
        Part::Resnet(0),
        Part::Attention(1),
        Part::SelfAttention(0),
        Part::SelfAttentionRow(1),
        Part::CrossAttention(1),
        Part::Skip(2),
        Part::Downsample,
        Part::Upsample,
        Part::Output,
    ];
    let inside = blocks.into_iter().flat_map(|block| parts.into_iter().map(move |part| Site::Unet(block, part)));
    let outside = [
        Site::TextLayer(3),
        Site::TextAttention(1),
        Site::EncoderConvIn,
        Site::EncoderDown(2),
        Site::EncoderMid,
        Site::TimeEmbedding,
        Site::ConvIn,
        Site::ConvOut,
        Site::DecoderMid,
        Site::DecoderUp(1),
        Site::DecoderNormOut,
    ];
    for site in inside.chain(outside) {
        assert_eq!(site.to_string().parse::<Site>().unwrap(), site);
        assert_eq!(serde_json::from_str::<Site>(&serde_json::to_string(&site).unwrap()).unwrap(), site);
    }
    assert!("unet.sideways.1".parse::<Site>().unwrap_err().to_string().contains("unet.down.1.attn.0.cross"));
}

/// Keeps all it is shown, and remembers where it was asked.
struct Watcher {
    wants: bool,
    query: Box<dyn Fn(Site) -> Option<usize>>,
    asked: RefCell<HashSet<Site>>,
    seen: HashMap<Site, Tensor<Flex, 4>>,
}

/// The pixel whose self-attention is asked for by who wants everything.
const PIXEL: usize = 3;

impl Watcher {
    fn of_everything() -> Self {
        Self { wants: true, ..Self::of_rows(|_| Some(PIXEL)) }
    }

    fn of_rows(query: impl Fn(Site) -> Option<usize> + 'static) -> Self {
        Self { wants: false, query: Box::new(query), asked: RefCell::default(), seen: HashMap::new() }
    }
}

impl Observer<Flex> for Watcher {
    fn wants(&self, site: Site) -> bool {
        self.asked.borrow_mut().insert(site);
        self.wants
    }

    fn query(&self, site: Site) -> Option<usize> {
        self.asked.borrow_mut().insert(site);
        (self.query)(site)
    }

    fn observe(&mut self, site: Site, tensor: Tensor<Flex, 4>) {
        assert!(self.asked.borrow().contains(&site), "{site} was shown unasked");
        self.seen.insert(site, tensor);
    }
}

/// Everything that a generation's first step and the decoding of its latent show, and what they make of it.
fn run(pipeline: &Pipeline<Flex>, generation: &Generation, observer: &mut impl Observer<Flex>) -> [Vec<f32>; 2] {
    let mut denoising = pipeline.begin(generation, observer).unwrap();
    let step = at_once(denoising.step(pipeline, observer, &())).unwrap();
    let picture = at_once(pipeline.decode(denoising.latent(), observer, &()));
    [values(step.latent), values(picture)]
}

fn pipeline(folder: &str) -> Pipeline<Flex> {
    Pipeline::load(&Folder::open(golden(folder)).unwrap(), &Default::default()).unwrap()
}

fn observed(folder: &str) -> (Pipeline<Flex>, HashMap<Site, Tensor<Flex, 4>>) {
    let pipeline = pipeline(folder);
    let mut watcher = Watcher::of_everything();
    run(&pipeline, &Generation::of("a red lighthouse"), &mut watcher);
    (pipeline, watcher.seen)
}

#[test]
fn what_is_seen_has_the_size_that_the_shape_foretells() {
    for folder in ["tiny-sd1", "tiny-sd2", "tiny-bk"] {
        let (pipeline, seen) = observed(folder);
        let shape = pipeline.shape();
        let size = |site| seen.get(&site).map(|tensor| <[usize; 3]>::try_from(&tensor.dims()[1..]).unwrap());
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
        let arrived = values(seen[&Site::Unet(skip.to, Part::Skip(skip.resnet))].clone());
        let sent = match skip.from {
            None => &seen[&Site::ConvIn],
            Some(block) => {
                let index = given.entry(block).or_default();
                *index += 1;
                &seen[&Site::Unet(block, Part::Skip(*index - 1))]
            }
        };
        assert_eq!(arrived, values(sent.clone()), "{skip:?}");
    }
}

#[test]
fn attention_weights_sum_to_one_over_the_words() {
    let (pipeline, seen) = observed("tiny-sd1");
    let mut maps = 0;
    for (site, weights) in &seen {
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
fn what_is_seen_is_what_diffusers_computes_there() {
    let golden_file = Golden::of("sites");
    let mut watcher = Watcher::of_everything();
    run(&pipeline("tiny-sd1"), &golden_file.runs["run"], &mut watcher);
    let folder = Folder::open(golden("tiny-sd1")).unwrap();
    let config: AutoencoderKlConfig = folder.read_config("vae", AutoencoderKlConfig::check).unwrap();
    let vae = folder.load_weights(config.init::<Flex>(&Default::default()), "vae", "diffusion_pytorch_model").unwrap();
    let picture = TensorData::new(golden_file.tensors["picture"].clone(), [1, 3, 32, 32]);
    vae.encode_in_stages(Tensor::from_data(picture, &Default::default()), &mut watcher);

    for (name, expected) in golden_file.tensors.iter().filter(|(name, _)| *name != "picture") {
        let site: Site = name.parse().unwrap();
        let ours = watcher.seen.get(&site).unwrap_or_else(|| panic!("{site} was not seen"));
        let ours = values(ours.clone());
        let ours: Vec<f32> = ours.iter().copied().step_by(ours.len().div_ceil(64)).collect();
        let error = relative_error(&ours, expected);
        assert!(error < 1e-4, "{site} is off by {error:.2e}");
    }
    // Skip connections are checked by what they deliver, the text encoder's attention by what leaves its layers.
    let unchecked = |site: &Site| matches!(site, Site::TextAttention(_) | Site::Unet(_, Part::Skip(_)));
    for site in watcher.seen.keys().filter(|site| !unchecked(site)) {
        assert!(golden_file.tensors.contains_key(&site.to_string()), "{site} was not compared");
    }
}

#[test]
fn one_pixels_self_attention_is_a_row_of_all_pixels() {
    let (pipeline, seen) = observed("tiny-sd1");
    let all = &seen[&Site::Unet(Block::Down(0), Part::SelfAttention(0))];
    let [batch, heads, pixels, _] = all.dims();
    let row_site = Site::Unet(Block::Down(0), Part::SelfAttentionRow(0));
    let rows_of = |pixel| {
        let mut watcher = Watcher::of_rows(move |site| (site == row_site).then_some(pixel));
        run(&pipeline, &Generation::of("a red lighthouse"), &mut watcher);
        watcher.seen
    };
    for pixel in [0, pixels - 1] {
        let rows = rows_of(pixel);
        assert_eq!(rows.keys().collect::<Vec<_>>(), [&row_site]);
        assert_eq!(rows[&row_site].dims(), [batch, heads, 1, pixels]);
        let error = relative_error(&values(rows[&row_site].clone()), &values(all.clone().narrow(2, pixel, 1)));
        assert!(error < 1e-6, "pixel {pixel} is off by {error:.2e}");
    }
    assert!(rows_of(pixels).is_empty());
}

#[test]
fn being_watched_changes_nothing_and_nothing_is_shown_unasked() {
    for folder in ["tiny-sd1", "tiny-sd2", "tiny-bk"] {
        let (pipeline, generation) = (pipeline(folder), Generation::of("a cat"));
        let (mut everything, mut nothing) = (Watcher::of_everything(), Watcher::of_rows(|_| None));
        let unwatched = run(&pipeline, &generation, &mut ());
        assert_eq!(run(&pipeline, &generation, &mut everything), unwatched, "{folder}");
        assert_eq!(run(&pipeline, &generation, &mut nothing), unwatched, "{folder}");
        assert!(nothing.seen.is_empty(), "{folder}");
        // Whatever can be seen is asked for first.
        assert_eq!(nothing.asked.into_inner(), everything.seen.keys().copied().collect::<HashSet<_>>(), "{folder}");
    }
}
