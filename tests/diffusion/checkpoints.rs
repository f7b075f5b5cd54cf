//! Published models: their configurations ask for exactly the tensors that they have, and full widths load.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use burn_flex::Flex;
use diffusion::loader::weights::{Precision, load_into, present_name, tensors, to_safetensors};
use diffusion::resnet::ResnetBlock2D;
use diffusion::text_encoder::ClipTextConfig;
use diffusion::unet::UNet2DConditionConfig;
use diffusion::vae::{AutoencoderKlConfig, AutoencoderTinyConfig};
use diffusion::{Folder, LoadError};
use half::{bf16, f16};
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::de::DeserializeOwned;

use crate::golden_run::golden;

type Shapes = BTreeMap<String, Vec<usize>>;

/// A configuration of `golden/configs`.
fn config<T: DeserializeOwned>(name: &str, check: impl Fn(&T) -> Result<(), (&'static str, String)>) -> T {
    let json = std::fs::read(golden(&format!("configs/{name}.json"))).unwrap();
    Folder::in_memory(name, HashMap::from([("config.json".into(), json)])).read_config("", check).unwrap()
}

/// A list of `golden/tensors`, which `golden/make_tensors.py` wrote.
fn published(name: &str) -> Shapes {
    let list = std::fs::read_to_string(golden(&format!("tensors/{name}.txt"))).unwrap();
    let shape = |text: &str| text.split('x').map(|size| size.parse().unwrap()).collect();
    list.lines().map(|line| line.split_once(' ').map(|(key, sizes)| (key.to_string(), shape(sizes))).unwrap()).collect()
}

/// Names and shapes with what the loader takes for the same made the same: old names, and 1×1 convolutions as linear layers.
fn same(shapes: &Shapes) -> BTreeSet<(String, Vec<usize>)> {
    let squeezed = |shape: &[usize]| shape.strip_suffix(&[1, 1]).unwrap_or(shape).to_vec();
    shapes.iter().filter_map(|(key, shape)| Some((present_name(key)?, squeezed(shape)))).collect()
}

/// The module has the published tensors, no other, and this many parameters.
fn check<M: Module<Flex>>(name: &str, module: &M, published: &Shapes, parameters: usize) {
    let ours = tensors(module);
    let (own, theirs) = (same(&ours), same(published));
    let only = |a: &BTreeSet<_>, b: &BTreeSet<_>| a.difference(b).take(3).cloned().collect::<Vec<(String, Vec<usize>)>>();
    assert_eq!((only(&theirs, &own), only(&own, &theirs)), (vec![], vec![]), "{name}: only published, only ours");
    assert_eq!(theirs.len(), published.len(), "{name}: two published tensors have one name");
    assert_eq!(ours.values().map(|shape| shape.iter().product::<usize>()).sum::<usize>(), parameters, "{name}");
}

fn check_unet(name: &str, published: &Shapes, parameters: usize) {
    let config: UNet2DConditionConfig = config(&format!("unet-{name}"), UNet2DConditionConfig::check);
    check(name, &config.init::<Flex>(&Default::default()), published, parameters);
}

#[test]
fn the_unets_of_stable_diffusion_have_the_published_tensors() {
    check_unet("sd15", &published("unet-sd15"), 859_520_964);
    for name in ["sd21-base", "sd21", "sd-turbo"] {
        check_unet(name, &published("unet-sd21"), 865_910_724);
    }
}

#[test]
fn the_unet_of_a_latent_consistency_model_has_one_tensor_more() {
    let mut shapes = published("unet-sd15");
    shapes.insert("time_embedding.cond_proj.weight".into(), vec![320, 256]);
    check_unet("lcm", &shapes, 859_520_964 + 320 * 256);
}

#[test]
fn the_unets_of_bk_sdm_have_the_published_tensors() {
    let base = published("unet-bk-base");
    check_unet("bk-base", &base, 579_384_964);
    let small: Shapes = base.into_iter().filter(|(key, _)| !key.starts_with("mid_block.")).collect();
    check_unet("bk-small", &small, 482_346_884);
    let mut tiny = published("unet-bk-tiny");
    check_unet("bk-tiny", &tiny, 323_384_964);
    // BK-SDM v2 is the same for SD 2's wider prompt.
    let mut wider = 0;
    for (key, shape) in &mut tiny {
        if key.ends_with("attn2.to_k.weight") || key.ends_with("attn2.to_v.weight") {
            wider += shape[0] * (1024 - 768);
            shape[1] = 1024;
        }
    }
    check_unet("bk-v2-tiny", &tiny, 323_384_964 + wider);
}

#[test]
fn the_text_encoders_have_the_published_tensors_under_both_names() {
    assert_eq!(present_name("text_model.embeddings.position_ids"), None);
    for (name, parameters) in [("text-sd15", 123_060_480), ("text-sd21", 340_387_840)] {
        let config: ClipTextConfig = config(name, ClipTextConfig::check);
        let text_encoder = config.init::<Flex>(&Default::default());
        let shapes = published(name);
        check(name, &text_encoder, &shapes, parameters);
        let bare: Shapes = shapes.into_iter().map(|(key, shape)| (key.replacen("text_model.", "", 1), shape)).collect();
        assert!(!bare.keys().any(|key| key.starts_with("text_model.")));
        check(name, &text_encoder, &bare, parameters);
    }
}

#[test]
fn the_autoencoders_have_the_published_tensors() {
    let kl: AutoencoderKlConfig = config("vae-sd", AutoencoderKlConfig::check);
    for list in ["vae-old-names", "vae-new-names"] {
        check(list, &kl.init::<Flex>(&Default::default()), &published(list), 34_163_664 + 49_490_199);
    }
    assert!(published("vae-old-names").keys().any(|key| key.ends_with("proj_attn.weight")));
    let tiny: AutoencoderTinyConfig = config("taesd", AutoencoderTinyConfig::check);
    check("taesd", &tiny.init::<Flex>(&Default::default()), &published("taesd"), 1_222_532 + 1_222_531);
}

/// Counts the parameters whose numbers are in memory.
struct Made(usize);

impl ModuleVisitor<Flex> for Made {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<Flex, D>>) {
        self.0 += usize::from(param.is_initialized());
    }
}

#[test]
fn to_list_tensors_makes_none_of_them() {
    let config: UNet2DConditionConfig = config("unet-sd15", UNet2DConditionConfig::check);
    let unet = config.init::<Flex>(&Default::default());
    assert_eq!(tensors(&unet).len(), published("unet-sd15").len());
    let mut made = Made(0);
    unet.visit(&mut made);
    assert_eq!(made.0, 0);
}

// ---------------------------------------------------------------- numbers

type File = Vec<(String, Vec<usize>, Vec<u8>)>;

fn in_a_file(dtype: Dtype, tensors: &File) -> Vec<u8> {
    let views = tensors.iter().map(|(key, shape, bytes)| (key, TensorView::new(dtype, shape.clone(), bytes).unwrap()));
    safetensors::serialize(views, None).unwrap()
}

/// Loads made-up f16 weights of these shapes and holds every number against what was made up.
fn check_loading<M: Module<Flex>>(module: M, shapes: Shapes) {
    let made_up = |((key, shape), seed): ((String, Vec<usize>), u32)| {
        // Without the highest bit of the exponent every pattern is a number, between −2 and 2.
        let bits = |i: usize| (seed.wrapping_mul(40_503).wrapping_add(i as u32).wrapping_mul(2_654_435_761) >> 8) as u16 & 0xBFFF;
        let bytes = (0..shape.iter().product::<usize>()).flat_map(|i| bits(i).to_le_bytes()).collect();
        (key, shape, bytes)
    };
    let tensors: File = shapes.into_iter().zip(1..).map(made_up).collect();
    let loaded = load_into(module, "made up", &in_a_file(Dtype::F16, &tensors)).unwrap();
    let written = to_safetensors(&loaded, Precision::F16);
    let written = SafeTensors::deserialize(&written).unwrap();
    assert_eq!(written.len(), tensors.len());
    for (key, _, bytes) in tensors {
        assert!(written.tensor(&key).unwrap().data() == bytes, "{key}");
    }
}

#[test]
fn the_first_level_of_stable_diffusion_loads_in_full_width() {
    let whole: UNet2DConditionConfig = config("unet-sd15", UNet2DConditionConfig::check);
    let level = UNet2DConditionConfig {
        block_out_channels: vec![320],
        down_block_types: vec!["CrossAttnDownBlock2D".into()],
        mid_block_type: None,
        up_block_types: vec!["CrossAttnUpBlock2D".into()],
        ..whole
    };
    level.check().unwrap();
    let unet = level.init::<Flex>(&Default::default());
    let published = published("unet-sd15");
    let mut shapes = tensors(&unet);
    let mut of_the_block = 0;
    for (key, shape) in &mut shapes {
        // The shapes of the file: SD 1.5 has 1×1 convolutions where the module has linear layers.
        if key.contains(".proj_in.weight") || key.contains(".proj_out.weight") {
            shape.extend([1, 1]);
        }
        if key.starts_with("down_blocks.0.") {
            assert_eq!(Some(&*shape), published.get(key), "{key}");
            of_the_block += 1;
        }
    }
    // Without the downsampler's weight and bias, as a last level has none.
    assert_eq!(of_the_block, published.keys().filter(|key| key.starts_with("down_blocks.0.")).count() - 2);
    check_loading(unet, shapes);
}

#[test]
fn a_resnet_of_1280_channels_loads() {
    let resnet = ResnetBlock2D::<Flex>::new(1280, 1280, Some(1280), 32, 1e-5, &Default::default());
    let shapes = tensors(&resnet);
    assert_eq!(shapes["conv1.weight"], [1280, 1280, 3, 3]);
    check_loading(resnet, shapes);
}

fn small() -> ResnetBlock2D<Flex> {
    ResnetBlock2D::new(4, 6, Some(5), 2, 1e-5, &Default::default())
}

/// The same numbers, which all types can hold, in one of them.
fn typed<const N: usize>(bytes: impl Fn(f32) -> [u8; N]) -> File {
    let number = |i: usize| (i % 61) as f32 / 8.0 - 3.0;
    let numbers = |shape: &[usize]| (0..shape.iter().product::<usize>()).flat_map(|i| bytes(number(i))).collect::<Vec<u8>>();
    tensors(&small()).into_iter().map(|(key, shape)| (key, shape.clone(), numbers(&shape))).collect()
}

#[test]
fn every_type_of_float_loads() {
    let f32s = in_a_file(Dtype::F32, &typed(f32::to_le_bytes));
    let load = |bytes: &[u8]| to_safetensors(&load_into(small(), "numbers", bytes).unwrap(), Precision::F32);
    let expected = load(&f32s);
    let written = SafeTensors::deserialize(&expected).unwrap();
    for (key, view) in SafeTensors::deserialize(&f32s).unwrap().tensors() {
        assert_eq!(written.tensor(&key).unwrap().data(), view.data(), "{key}");
    }
    assert_eq!(load(&in_a_file(Dtype::F64, &typed(|number| f64::from(number).to_le_bytes()))), expected);
    assert_eq!(load(&in_a_file(Dtype::F16, &typed(|number| f16::from_f32(number).to_le_bytes()))), expected);
    assert_eq!(load(&in_a_file(Dtype::BF16, &typed(|number| bf16::from_f32(number).to_le_bytes()))), expected);
}

#[test]
fn a_type_that_is_not_of_floats_is_named_with_the_tensor() {
    let bytes = in_a_file(Dtype::I32, &typed(|number| (number as i32).to_le_bytes()));
    let error = load_into(small(), "numbers", &bytes).unwrap_err();
    assert!(matches!(error, LoadError::Dtype { .. }));
    let message = error.to_string();
    assert!(["numbers", "norm1.weight", "I32", "BF16"].iter().all(|word| message.contains(word)), "{message}");
}

/// The text encoder of tiny-sd1 under other names.
fn renamed(rename: impl Fn(&str) -> Vec<String>) -> Result<Vec<u8>, LoadError> {
    let folder = Folder::open(golden("tiny-sd1")).unwrap();
    let config: ClipTextConfig = folder.read_config("text_encoder", ClipTextConfig::check).unwrap();
    let bytes = std::fs::read(golden("tiny-sd1/text_encoder/model.safetensors")).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap().tensors();
    let views = tensors.iter().flat_map(|(key, view)| rename(key).into_iter().map(move |key| (key, view)));
    let bytes = safetensors::serialize(views, None).unwrap();
    Ok(to_safetensors(&load_into(config.init::<Flex>(&Default::default()), "names", &bytes)?, Precision::F32))
}

#[test]
fn the_text_encoders_prefix_may_be_missing() {
    let usual = renamed(|key| vec![key.into()]).unwrap();
    assert!(renamed(|key| vec![key.replacen("text_model.", "", 1)]).unwrap() == usual);
}

#[test]
fn two_names_of_one_tensor_are_refused() {
    let error = renamed(|key| vec![key.into(), key.replacen("text_model.", "", 1)]).unwrap_err();
    assert!(matches!(&error, LoadError::UnusedTensor { key, .. } if key.ends_with("weight") || key.ends_with("bias")), "{error}");
}
