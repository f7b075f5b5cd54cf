//! A shader: a WGSL file behind the constants of the shapes that it is compiled for.

use std::fmt::Write;

use burn_cubecl::tensor::CubeTensor;
use burn_wgpu::WgpuRuntime;
use cubecl::ir::{ElemType, StorageType, UIntKind};
use cubecl::prelude::{CompiledKernel, CubeCount, CubeDim, ExecutionMode, KernelId, KernelMetadata};
use cubecl::server::KernelArguments;
use cubecl::{CompilationError, Compiler, CubeTask};

/// What every device takes of workgroups along each axis.
const MOST_WORKGROUPS: usize = 65_535;

/// A constant as WGSL writes it.
pub struct Constant(String);

impl From<usize> for Constant {
    fn from(count: usize) -> Self {
        Self(format!("{count}u"))
    }
}

impl From<bool> for Constant {
    fn from(condition: bool) -> Self {
        Self(condition.to_string())
    }
}

impl From<f64> for Constant {
    fn from(number: f64) -> Self {
        // In Rust's `{:e}` an f32 is written so that it is read back as itself.
        Self(format!("{:e}f", number as f32))
    }
}

/// One for each combination of constants: they let the GPU's compiler unroll and fold.
pub struct Shader {
    name: &'static str,
    /// The constants and what reads vectors: what two shaders of one file differ in.
    head: String,
    file: &'static str,
    lanes: [usize; 2],
}

impl Shader {
    pub fn new(name: &'static str, file: &'static str, constants: Vec<(&'static str, Constant)>) -> Self {
        let mut head = String::new();
        for (name, Constant(value)) in constants {
            writeln!(head, "const {name} = {value};").expect("a String can always be written to");
        }
        Self { name, head, file, lanes: [1, 1] }
    }

    /// A function `name(index)` that reads a vector bound at `binding`, or gives `otherwise` where there is none. An index beyond the
    /// constant `size` reads the last number.
    pub fn with_vector(mut self, name: &str, binding: u32, is_there: bool, otherwise: f32, size: Option<&str>) -> Self {
        let index = size.map_or("index".into(), |size| format!("min(index, {size} - 1u)"));
        let function = if is_there {
            format!(
                "@group(0) @binding({binding}) var<storage, read_write> {name}_numbers: array<f32>;\n\
                 fn {name}(index: u32) -> f32 {{ return {name}_numbers[{index}]; }}\n"
            )
        } else {
            format!("fn {name}(index: u32) -> f32 {{ return {otherwise:?}; }}\n")
        };
        self.head.push_str(&function);
        self
    }

    /// The function `weight_of(index)`, which reads the weight bound at `binding`: f32, or in half precision, two numbers in a word.
    /// Every device can unpack these, also one that has no f16.
    pub fn with_weight(mut self, binding: u32, in_halves: bool) -> Self {
        let (word, number) = match in_halves {
            true => ("u32", "unpack2x16float(weight[index / 2u] >> (index % 2u * 16u)).x"),
            false => ("f32", "weight[index]"),
        };
        let function = format!(
            "@group(0) @binding({binding}) var<storage, read_write> weight: array<{word}>;\n\
             fn weight_of(index: u32) -> f32 {{ return {number}; }}\n"
        );
        self.head.push_str(&function);
        self
    }

    /// Runs a grid of workgroups over buffers, in the order of their bindings. `None`, and nothing is run, where the grid is larger than
    /// devices take.
    pub fn launch(
        mut self,
        on: &CubeTensor<WgpuRuntime>,
        buffers: [Option<&CubeTensor<WgpuRuntime>>; 4],
        lanes: [usize; 2],
        grid: [usize; 2],
    ) -> Option<()> {
        if grid.iter().any(|&workgroups| workgroups > MOST_WORKGROUPS) {
            return None;
        }
        self.lanes = lanes;
        let bindings = buffers.into_iter().flatten().map(|buffer| buffer.handle.clone().binding()).collect();
        let count = CubeCount::Static(grid[0] as u32, grid[1] as u32, 1);
        on.client.launch(Box::new(self), count, KernelArguments::new().with_buffers(bindings));
        Some(())
    }
}

impl KernelMetadata for Shader {
    fn name(&self) -> &'static str {
        self.name
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.name, self.head.clone()))
    }

    fn address_type(&self) -> StorageType {
        StorageType::Scalar(ElemType::UInt(UIntKind::U32))
    }
}

impl<C: Compiler> CubeTask<C> for Shader {
    fn compile(
        &self,
        _compiler: &mut C,
        _options: &C::CompilationOptions,
        _mode: ExecutionMode,
        _address_type: StorageType,
    ) -> Result<CompiledKernel<C>, CompilationError> {
        Ok(CompiledKernel {
            entrypoint_name: "main".into(),
            debug_name: Some(self.name),
            source: format!("{}{}", self.head, self.file),
            cube_dim: CubeDim::new_2d(self.lanes[0] as u32, self.lanes[1] as u32),
            debug_info: None,
            repr: None,
        })
    }
}
