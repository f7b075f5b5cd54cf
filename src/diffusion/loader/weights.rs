//! Weights: a module's tensors under the names of diffusers' checkpoints, from and to safetensors.

use std::collections::{BTreeMap, BTreeSet};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::Backend;
use burn::tensor::{DType, Shape, Tensor, TensorData};
use half::{bf16, f16};
use safetensors::tensor::{Dtype, TensorView};

use super::LoadError;
use super::source::{Head, Source, piece};
use crate::{at_once, kernels};

/// How weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    F16,
    F32,
}

/// Fills a module with the tensors of a safetensors file. Every tensor must have a place and every place a tensor.
///
/// # Errors
/// If the file is damaged, or names, shapes or types do not fit the module.
pub fn load_into<B: Backend, M: Module<B>>(module: M, file: &str, bytes: &[u8]) -> Result<M, LoadError> {
    at_once(async {
        let head = Head::read(file, &bytes).await?;
        check_names(&module, file, head.keys())?;
        fill(module, file, &bytes, &head, None, &mut |_| {}).await
    })
}

/// A tensor that does not go to the device: its place in the module stays as it was.
#[derive(Debug)]
pub(crate) struct Kept {
    pub key: &'static str,
    pub values: Option<Vec<f32>>,
}

/// Every place of a module must be named once, and nothing else. `file` names them.
pub(super) fn check_names<'a, B: Backend, M: Module<B>>(
    module: &M,
    file: &str,
    keys: impl Iterator<Item = &'a str>,
) -> Result<(), LoadError> {
    let mut missing: BTreeSet<String> = tensors(module).into_keys().collect();
    let mut unused = None;
    for key in keys {
        if present_name(key).is_some_and(|name| !missing.remove(&name)) {
            unused.get_or_insert(key);
        }
    }
    match (missing.pop_first(), unused) {
        (Some(key), _) => Err(LoadError::MissingTensor { file: file.into(), key }),
        (None, Some(key)) => Err(LoadError::UnusedTensor { file: file.into(), key: key.into() }),
        (None, None) => Ok(()),
    }
}

/// Fills the places that have a tensor in this file, whose names have been checked, with one piece of the file in memory at a time.
/// `told` hears how many bytes each piece had.
pub(super) async fn fill<B: Backend, M: Module<B>>(
    mut module: M,
    file: &str,
    source: &dyn Source,
    head: &Head,
    mut kept: Option<&mut Kept>,
    told: &mut dyn FnMut(u64),
) -> Result<M, LoadError> {
    for (tensors, place) in head.pieces() {
        let start = tensors.first().map_or(0, |(_, info)| info.data_offsets.0);
        let bytes = piece(file, source, place).await?;
        let mut views = BTreeMap::new();
        for (key, info) in tensors {
            let (from, to) = info.data_offsets;
            let view = TensorView::new(info.dtype, info.shape.clone(), &bytes[from - start..to - start]);
            let view = view.map_err(|error| LoadError::Damaged { file: file.into(), why: error.to_string() })?;
            if let Some(name) = present_name(key) {
                views.insert(name, view);
            }
        }
        let mut filler = Filler { file, views, kept: kept.as_deref_mut(), place: Place::default(), error: None };
        module = module.map(&mut filler);
        if let Some(error) = filler.error {
            return Err(error);
        }
        told(bytes.len() as u64);
    }
    Ok(module)
}

/// Names and shapes of a module's tensors as a checkpoint has them. Weights that do not exist yet are not made.
pub fn tensors<B: Backend, M: Module<B>>(module: &M) -> BTreeMap<String, Vec<usize>> {
    let mut lister = Lister::default();
    module.visit(&mut lister);
    lister.tensors
}

/// A module as the bytes of a safetensors file.
pub fn to_safetensors<B: Backend, M: Module<B>>(module: &M, precision: Precision) -> Vec<u8> {
    let mut collector = Collector { place: Place::default(), tensors: Vec::new(), precision };
    module.visit(&mut collector);
    let dtype = match precision {
        Precision::F16 => Dtype::F16,
        Precision::F32 => Dtype::F32,
    };
    let views = collector.tensors.iter().map(|(name, shape, bytes)| {
        (name, TensorView::new(dtype, shape.clone(), bytes).expect("the bytes were made from this shape and type"))
    });
    let metadata = [("format".to_string(), "pt".to_string())].into();
    safetensors::serialize(views, Some(metadata)).expect("names are unique and sizes fit")
}

/// Names that changed over the years, brought to the present ones; `None` for what is not a weight.
pub fn present_name(key: &str) -> Option<String> {
    let key = key.strip_prefix("text_model.").unwrap_or(key);
    if key.ends_with("position_ids") {
        return None;
    }
    if !key.contains("mid_block.attentions.0.") || key.contains("transformer_blocks") {
        return Some(key.into());
    }
    // The VAE's attention until diffusers 0.17.
    let renamed = [(".query.", ".to_q."), (".key.", ".to_k."), (".value.", ".to_v."), (".proj_attn.", ".to_out.0.")];
    Some(renamed.iter().fold(key.to_string(), |key, (old, new)| key.replace(old, new)))
}

/// Where a walk through a module stands.
#[derive(Default)]
struct Place {
    names: Vec<String>,
    containers: Vec<String>,
}

impl Place {
    fn enter(&mut self, name: &str, container: &str) {
        self.names.push(name.into());
        self.containers.push(container.into());
    }

    fn leave(&mut self) {
        self.names.pop();
        self.containers.pop();
    }

    /// The checkpoint's key for the parameter here: burn calls the parameters of norms gamma and beta and names the variants of
    /// enums, and two layers of the feed-forward network stand at indices of a list.
    fn key(&self) -> String {
        let places = self.names.iter().zip(&self.containers);
        let mut names: Vec<&str> =
            places.filter(|(_, container)| !container.starts_with("Enum:")).map(|(name, _)| name.as_str()).collect();
        if let Some(last) = names.last_mut() {
            *last = match *last {
                "gamma" => "weight",
                "beta" => "bias",
                other => other,
            };
        }
        names.join(".").replace(".ff.proj.", ".ff.net.0.proj.").replace(".ff.out.", ".ff.net.2.")
    }

    /// The checkpoint's shape of a parameter of this shape.
    fn stored_shape(&self, shape: &[usize]) -> Vec<usize> {
        if self.is_transposed() { shape.iter().rev().copied().collect() } else { shape.to_vec() }
    }

    /// PyTorch keeps a linear layer's weight as [output, input], burn as [input, output].
    fn is_transposed(&self) -> bool {
        self.names.last().is_some_and(|name| name == "weight")
            && self.containers.last().is_some_and(|kind| kind == "Struct:Linear")
    }

    /// Whether the parameter here goes through [`kernels::Operations`] alone: the weight of a convolution or a linear layer of UNet
    /// or text encoder. The VAE cuts its own in slices, and burn multiplies with the timestep embedding's.
    fn is_read_by_kernels(&self) -> bool {
        let is_in = |kind: &str| self.containers.iter().any(|container| container == kind);
        self.names.last().is_some_and(|name| name == "weight")
            && self.containers.last().is_some_and(|kind| kind == "Struct:Conv2d" || kind == "Struct:Linear")
            && (is_in("Struct:UNet2DConditionModel") || is_in("Struct:ClipTextModel"))
            && !is_in("Struct:TimestepEmbedding")
    }

    /// A tensor that has this shape in the checkpoint, in burn's order.
    fn ordered<T: Copy>(&self, values: Vec<T>, stored_shape: &[usize]) -> Vec<T> {
        if self.is_transposed() { transpose(&values, stored_shape[0], stored_shape[1]) } else { values }
    }
}

struct Filler<'a> {
    file: &'a str,
    views: BTreeMap<String, TensorView<'a>>,
    kept: Option<&'a mut Kept>,
    place: Place,
    error: Option<LoadError>,
}

impl Filler<'_> {
    /// The values for the parameter here, in burn's order: as f32, or in half precision if they are stored so and `halves_stay`;
    /// `None` if they are not among these tensors.
    fn take(&mut self, shape: &Shape, halves_stay: bool) -> Result<Option<TensorData>, LoadError> {
        let key = self.place.key();
        let file = || self.file.to_string();
        let Some(view) = self.views.remove(&key) else { return Ok(None) };
        let expected = self.place.stored_shape(shape.as_slice());
        // A 1×1 convolution does for a linear layer (SD 1.x), a linear layer for a 1×1 convolution.
        let squeezed = |shape: &[usize]| shape.strip_suffix(&[1, 1]).unwrap_or(shape).to_vec();
        if squeezed(view.shape()) != squeezed(&expected) {
            return Err(LoadError::Shape { file: file(), key, expected, found: view.shape().to_vec() });
        }
        if halves_stay && view.dtype() == Dtype::F16 {
            let values: Vec<f16> = pairs(&view).map(f16::from_le_bytes).collect();
            return Ok(Some(TensorData::new(self.place.ordered(values, &expected), shape.clone())));
        }
        let Some(values) = floats(&view) else {
            return Err(LoadError::Dtype { file: file(), key, dtype: format!("{:?}", view.dtype()) });
        };
        Ok(Some(TensorData::new(self.place.ordered(values, &expected), shape.clone())))
    }
}

impl<B: Backend> ModuleMapper<B> for Filler<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.leave();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        if self.error.is_some() {
            return param;
        }
        let halves_stay = self.place.is_read_by_kernels() && kernels::of::<B>().reads_halves();
        match self.take(&param.lazy_shape(), halves_stay) {
            Ok(None) => param,
            Ok(Some(values)) => {
                if let Some(kept) = self.kept.as_mut().filter(|kept| kept.key == self.place.key()) {
                    kept.values = Some(values.into_vec().expect("an embedding is no layer whose halves stay, so it is f32"));
                    return param;
                }
                let device = param.lazy_device();
                // Weights stay, so their memory is not taken from what computing gives back and takes again.
                let tensor = B::memory_persistent_allocations(&device, values, |values| match values.dtype {
                    DType::F16 => Tensor::<B, D>::from_data(values, (&device, DType::F16)),
                    // Of the backend's own type.
                    _ => Tensor::<B, D>::from_data(values, &device),
                });
                // Without autodiff `require_grad` does nothing.
                Param::initialized(param.id, tensor.require_grad())
            }
            Err(error) => {
                self.error = Some(error);
                param
            }
        }
    }
}

#[derive(Default)]
struct Lister {
    place: Place,
    tensors: BTreeMap<String, Vec<usize>>,
}

impl<B: Backend> ModuleVisitor<B> for Lister {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let shape = self.place.stored_shape(param.lazy_shape().as_slice());
        self.tensors.insert(self.place.key(), shape);
    }
}

struct Collector {
    place: Place,
    tensors: Vec<(String, Vec<usize>, Vec<u8>)>,
    precision: Precision,
}

impl<B: Backend> ModuleVisitor<B> for Collector {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.place.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.place.leave();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let data = param.val().into_data().convert::<f32>();
        let mut shape: Vec<usize> = data.shape.as_slice().to_vec();
        let mut values = data.to_vec::<f32>().expect("the data was converted to f32");
        if self.place.is_transposed() {
            values = transpose(&values, shape[0], shape[1]);
            shape.reverse();
        }
        let bytes = match self.precision {
            Precision::F16 => values.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect(),
            Precision::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        };
        self.tensors.push((self.place.key(), shape, bytes));
    }
}

/// The values of a tensor, or `None` if it is not of floats.
fn floats(view: &TensorView) -> Option<Vec<f32>> {
    let eight = |word: &[u8]| f64::from_le_bytes([word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]]);
    Some(match view.dtype() {
        Dtype::F64 => view.data().chunks_exact(8).map(|word| eight(word) as f32).collect(),
        Dtype::F32 => view.data().chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect(),
        Dtype::F16 => pairs(view).map(|pair| f16::from_le_bytes(pair).to_f32()).collect(),
        Dtype::BF16 => pairs(view).map(|pair| bf16::from_le_bytes(pair).to_f32()).collect(),
        _ => return None,
    })
}

/// The bytes of a tensor, two and two.
fn pairs(view: &TensorView) -> impl Iterator<Item = [u8; 2]> {
    view.data().chunks_exact(2).map(|pair| [pair[0], pair[1]])
}

/// [rows, columns] → [columns, rows]
fn transpose<T: Copy>(values: &[T], rows: usize, columns: usize) -> Vec<T> {
    (0..columns).flat_map(|column| (0..rows).map(move |row| values[row * columns + column])).collect()
}
