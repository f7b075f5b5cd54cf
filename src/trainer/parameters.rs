//! A module's parameters as one row of numbers, in the order of its fields: what the optimizer, the average and a checkpoint work on.

use std::collections::HashMap;

use burn::module::{AutodiffModule, Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::backend::{AutodiffBackend, Backend};
use burn::tensor::{Tensor, TensorData};

/// All parameters of the module.
pub fn gather<B: Backend, M: Module<B>>(module: &M) -> Vec<f32> {
    let mut visitor = Gather(Vec::new());
    module.visit(&mut visitor);
    visitor.0
}

/// The module with these parameters. `row` must be as long as [`gather`] makes it.
pub fn scatter<B: Backend, M: Module<B>>(module: M, row: &[f32]) -> M {
    let mut mapper = Scatter(row);
    let module = module.map(&mut mapper);
    assert!(mapper.0.is_empty(), "{} numbers more than the module has parameters", mapper.0.len());
    module
}

/// The gradient of every parameter into `row`; zero where the loss does not depend on it.
pub fn gather_gradients<B: AutodiffBackend, M: AutodiffModule<B>>(module: &M, gradients: &mut B::Gradients, row: &mut Vec<f32>) {
    row.clear();
    module.visit(&mut GatherGradients::<B> { gradients, row });
}

/// The module with its parameters changed by `change(path, numbers)`; a path reads `decoder.conv_in.weight`.
pub fn map<B: Backend, M: Module<B>>(module: M, change: impl FnMut(&str, &mut [f32])) -> M {
    module.map(&mut Change { path: Vec::new(), change })
}

/// Parameters by their path: shape and numbers.
pub type Named = HashMap<String, (Vec<usize>, Vec<f32>)>;

/// All parameters of the module by their path, which reads `decoder.conv_in.weight`.
pub fn named<B: Backend, M: Module<B>>(module: &M) -> Named {
    let mut visitor = ByName { path: Vec::new(), found: HashMap::new() };
    module.visit(&mut visitor);
    visitor.found
}

fn numbers(data: TensorData) -> Vec<f32> {
    data.convert::<f32>().into_vec().expect("the numbers were converted to f32 just now")
}

/// The parameter with other numbers; what it requires of the autodiff graph stays.
fn with_numbers<B: Backend, const D: usize>(
    param: Param<Tensor<B, D>>,
    new: impl FnOnce(&Tensor<B, D>) -> Vec<f32>,
) -> Param<Tensor<B, D>> {
    let (id, tensor, mapper) = param.consume();
    let data = TensorData::new(new(&tensor), tensor.shape());
    let fresh = Tensor::from_data(data, &tensor.device()).set_require_grad(tensor.is_require_grad());
    Param::from_mapped_value(id, fresh, mapper)
}

struct Gather(Vec<f32>);

impl<B: Backend> ModuleVisitor<B> for Gather {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        self.0.extend(numbers(param.val().into_data()));
    }
}

struct ByName {
    path: Vec<String>,
    found: Named,
}

impl<B: Backend> ModuleVisitor<B> for ByName {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let tensor = param.val();
        self.found.insert(self.path.join("."), (tensor.dims().to_vec(), numbers(tensor.into_data())));
    }
}

struct Scatter<'a>(&'a [f32]);

impl<B: Backend> ModuleMapper<B> for Scatter<'_> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        with_numbers(param, |tensor| {
            let (own, rest) = self.0.split_at(tensor.shape().num_elements());
            self.0 = rest;
            own.to_vec()
        })
    }
}

struct GatherGradients<'a, B: AutodiffBackend> {
    gradients: &'a mut B::Gradients,
    row: &'a mut Vec<f32>,
}

impl<B: AutodiffBackend> ModuleVisitor<B> for GatherGradients<'_, B> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<B, D>>) {
        let tensor = param.val();
        match tensor.grad_remove(self.gradients) {
            Some(gradient) => self.row.extend(numbers(gradient.into_data())),
            None => self.row.resize(self.row.len() + tensor.shape().num_elements(), 0.0),
        }
    }
}

struct Change<F> {
    path: Vec<String>,
    change: F,
}

impl<B: Backend, F: FnMut(&str, &mut [f32])> ModuleMapper<B> for Change<F> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.path.push(name.to_string());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<B, D>>) -> Param<Tensor<B, D>> {
        with_numbers(param, |tensor| {
            let mut own = numbers(tensor.to_data());
            (self.change)(&self.path.join("."), &mut own);
            own
        })
    }
}
