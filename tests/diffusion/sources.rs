//! Weights that are read piece by piece: the same model, little memory, and a reader that fails is named.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::future::poll_fn;
use std::ops::Range;
use std::rc::Rc;
use std::task::Poll;

use burn_flex::Flex;
use diffusion::loader::weights::{Precision, to_safetensors};
use diffusion::loader::{Reading, Source};
use diffusion::text_encoder::ClipTextConfig;
use diffusion::{Folder, Generation, LoadError, Pipeline, at_once};

use crate::bad_folders::{Files, files};
use crate::golden_run::golden;

/// A file as a browser has it: what is asked for comes later.
#[derive(Clone, Default)]
struct Later {
    bytes: Vec<u8>,
    asked: Rc<RefCell<Vec<Range<u64>>>>,
    is_at_once: bool,
    /// Pieces from here on cannot be read.
    broken_from: Option<u64>,
}

impl fmt::Debug for Later {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "{} bytes", self.bytes.len())
    }
}

impl Source for Later {
    fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read(&self, place: Range<u64>) -> Reading<'_> {
        self.asked.borrow_mut().push(place.clone());
        let mut has_waited = self.is_at_once;
        Box::pin(async move {
            poll_fn(|context| match std::mem::replace(&mut has_waited, true) {
                true => Poll::Ready(()),
                false => {
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            })
            .await;
            match self.broken_from {
                Some(broken) if place.end > broken => Err("the stick was pulled out".into()),
                _ => Ok(self.bytes[place.start as usize..place.end as usize].to_vec()),
            }
        })
    }
}

/// A folder of which the weights are read later.
fn later(mut files: Files, spoil: impl Fn(&mut Later)) -> Folder {
    let weights: Files = files.extract_if(|name, _| name.ends_with(".safetensors")).collect();
    let source = |bytes: Vec<u8>| -> Rc<dyn Source> {
        let mut later = Later { bytes, ..Later::default() };
        spoil(&mut later);
        Rc::new(later)
    };
    Folder::given("model", files, weights.into_iter().map(|(name, bytes)| (name, source(bytes))).collect())
}

fn load(folder: &Folder, told: &mut dyn FnMut(&str, f32)) -> Result<Pipeline<Flex>, LoadError> {
    pollster::block_on(Pipeline::load_with_progress(folder, &Default::default(), told))
}

fn picture(pipeline: &Pipeline<Flex>) -> Vec<f32> {
    let generation = Generation { num_inference_steps: Some(2), ..Generation::of("a boat") };
    let mut denoising = pipeline.begin(&generation, &mut ()).unwrap();
    while at_once(denoising.step(pipeline, &mut (), &())).is_some() {}
    at_once(pipeline.decode(denoising.latent(), &mut (), &())).into_data().to_vec().unwrap()
}

#[test]
fn a_model_read_in_pieces_is_the_model() {
    let whole = Pipeline::<Flex>::load(&Folder::open(golden("tiny-sd1")).unwrap(), &Default::default()).unwrap();
    let mut fractions = Vec::new();
    let pieces = load(&later(files(), |_| {}), &mut |_, fraction| fractions.push(fraction)).unwrap();
    assert_eq!(picture(&pieces), picture(&whole));
    assert_eq!(pieces.shape().parameters, whole.shape().parameters);
    assert!(fractions.is_sorted() && fractions.len() > 5, "{fractions:?}");
    assert_eq!((fractions[0], fractions[fractions.len() - 1]), (0.0, 1.0));
}

#[test]
fn a_large_file_is_never_in_memory_as_a_whole() {
    let config: ClipTextConfig =
        serde_json::from_str(r#"{"vocab_size": 1000, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 3}"#)
            .unwrap();
    let bytes = to_safetensors(&config.init::<Flex>(&Default::default()), Precision::F32);
    let source = Later { bytes: bytes.clone(), is_at_once: true, ..Later::default() };
    let asked = source.asked.clone();
    let folder = Folder::given("model", HashMap::new(), HashMap::from([("model.safetensors".into(), Rc::new(source) as _)]));
    let loaded = folder.load_weights(config.init::<Flex>(&Default::default()), "", "model").unwrap();
    assert!(to_safetensors(&loaded, Precision::F32) == bytes);

    let asked = asked.borrow();
    // 32 MiB, and the rest of the tensor that goes beyond.
    let most = (32 << 20) + 3072 * 768 * 4;
    assert!(asked.iter().all(|place| place.end - place.start <= most), "{asked:?}");
    assert!(bytes.len() as u64 > most * 3 / 2, "the file is too small to show anything");
    // Every byte of the tensors once, in order: a disk likes that.
    let tensors: Vec<_> = asked.iter().skip(2).collect();
    assert!(tensors.windows(2).all(|pair| pair[0].end == pair[1].start), "{asked:?}");
    assert_eq!(tensors.last().unwrap().end, bytes.len() as u64);
}

#[test]
fn a_reader_that_fails_is_named() {
    let broken = later(files(), |source| source.broken_from = Some(source.bytes.len() as u64 / 2));
    let message = load(&broken, &mut |_, _| {}).unwrap_err().to_string();
    assert!(message.contains("text_encoder/model") && message.contains("the stick was pulled out"), "{message}");
}

#[test]
fn a_file_that_is_too_short_for_its_head_is_damaged() {
    for bytes in [&b""[..], b"abc", b"\xff\xff\xff\xff\xff\xff\xff\xff{}", b"\x02\0\0\0\0\0\0\0[]", b"\x08\0\0\0\0\0\0\0{}"] {
        let mut files = files();
        files.insert("unet/diffusion_pytorch_model.safetensors".into(), bytes.to_vec());
        let message = load(&later(files, |_| {}), &mut |_, _| {}).unwrap_err().to_string();
        assert!(message.contains("unet/diffusion_pytorch_model.safetensors is not a whole safetensors file"), "{message}");
    }
}
