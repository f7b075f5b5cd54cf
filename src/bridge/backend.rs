//! A backend: what the numbers are computed on. The only file that names the two there are.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn_cubecl::kernel::into_contiguous;
use burn_wgpu::graphics::{AutoGraphicsApi, GraphicsApi};
use burn_wgpu::{CubeBackend, WgpuDevice, WgpuRuntime};
use wgpu::{AdapterInfo, DeviceType};

use crate::tensor_image::TensorImage;

/// Written out rather than burn's alias `Wgpu`, which turns into a fusing backend when any crate asks for that feature.
pub type Gpu = CubeBackend<WgpuRuntime, f32, i32, u32>;

/// burn's CPU backend; ten times faster than the GPU backend on a software adapter.
pub type Cpu = burn_flex::Flex;

/// What the operator wants to compute on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// A hardware GPU if there is one, the CPU otherwise.
    #[default]
    Auto,
    /// Any adapter, a software one too.
    Gpu,
    Cpu,
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Gpu => "gpu",
            Self::Cpu => "cpu",
        })
    }
}

/// The text is not the name of a device.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("unknown device “{0}”: choose one of auto, gpu, cpu")]
pub struct UnknownDevice(String);

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(name: &str) -> Result<Self, UnknownDevice> {
        [Self::Auto, Self::Gpu, Self::Cpu]
            .into_iter()
            .find(|choice| choice.to_string() == name)
            .ok_or_else(|| UnknownDevice(name.to_string()))
    }
}

/// A GPU was asked for and there is none.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error(
    "no graphics adapter was found: install a Vulkan driver (on Debian: apt-get install mesa-vulkan-drivers); generate and trace also run with --device cpu"
)]
pub struct NoDevice;

/// A backend whose tensors can be shown in the hall.
pub trait Shown: Backend {
    /// A tensor, [channels, height, width], as something that can be kept and drawn. On the GPU nothing is read back.
    ///
    /// # Panics
    /// If the GPU is lost or out of memory; the engine's thread turns that into a report.
    fn show(tensor: Tensor<Self, 3>) -> TensorImage;
}

impl Shown for Gpu {
    fn show(tensor: Tensor<Self, 3>) -> TensorImage {
        let size = tensor.dims();
        let tensor = into_contiguous(tensor.into_primitive().tensor());
        // A view would keep the whole tensor that it looks at in memory, for as long as the picture is kept.
        let tensor = if tensor.is_contiguous_buffer() { tensor } else { tensor.copy() };
        // This also submits the work that makes the tensor: whatever is drawn later on the same queue finds it done.
        let resource =
            tensor.client.get_resource(tensor.handle.clone()).expect("the GPU still holds the tensor it has just made");
        let (buffer, offset) = (resource.resource().buffer.clone(), resource.resource().offset);
        // The resource keeps the memory from being given away, the handle keeps burn from computing in place.
        TensorImage::on_gpu(size, buffer, offset, (resource, tensor.handle))
    }
}

impl Shown for Cpu {
    fn show(tensor: Tensor<Self, 3>) -> TensorImage {
        let size = tensor.dims();
        let values = tensor.into_data().convert::<f32>().into_vec().expect("the values were converted to f32");
        TensorImage::from_values(size, values)
    }
}

/// Work without a window, written for every backend.
pub trait Job {
    type Output;

    /// `device_name` says in words what it computes on.
    fn run<B: Shown>(self, device: B::Device, device_name: String) -> impl Future<Output = Self::Output>;
}

/// Runs a job on the device of choice. Opens a device of its own: not for use beside the hall.
///
/// # Errors
/// If a GPU is asked for and there is none.
pub async fn run_on<J: Job>(choice: DeviceChoice, job: J) -> Result<J::Output, NoDevice> {
    let adapter = match choice {
        DeviceChoice::Cpu => None,
        DeviceChoice::Auto => best_adapter().await.filter(|adapter| !is_software(adapter)),
        DeviceChoice::Gpu => Some(best_adapter().await.ok_or(NoDevice)?),
    };
    Ok(match adapter {
        Some(adapter) => {
            let device = match adapter.device_type {
                DeviceType::DiscreteGpu => WgpuDevice::DiscreteGpu(0),
                DeviceType::IntegratedGpu => WgpuDevice::IntegratedGpu(0),
                DeviceType::VirtualGpu => WgpuDevice::VirtualGpu(0),
                DeviceType::Cpu => WgpuDevice::Cpu,
                DeviceType::Other => WgpuDevice::DefaultDevice,
            };
            configure(&adapter);
            job.run::<Gpu>(device, name_in_words(&adapter)).await
        }
        None => job.run::<Cpu>(Default::default(), "the CPU".into()).await,
    })
}

/// Whether there is anything to draw with, a software adapter included.
///
/// # Errors
/// If there is not.
pub async fn check_adapter() -> Result<(), NoDevice> {
    best_adapter().await.map(|_| ()).ok_or(NoDevice)
}

/// The adapter that burn finds first among those of the fastest kind.
async fn best_adapter() -> Option<AdapterInfo> {
    let backends = AutoGraphicsApi::backend().into();
    let descriptor = wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
    let adapters = wgpu::Instance::new(descriptor).enumerate_adapters(backends).await;
    adapters.iter().map(wgpu::Adapter::get_info).min_by_key(|adapter| match adapter.device_type {
        DeviceType::DiscreteGpu => 0,
        DeviceType::IntegratedGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    })
}

/// Whether the adapter is a program that imitates a GPU. A browser does not tell, but its adapter's name does.
pub(crate) fn is_software(adapter: &AdapterInfo) -> bool {
    let name = adapter.name.to_lowercase();
    adapter.device_type == DeviceType::Cpu || name.contains("llvmpipe") || name.contains("swiftshader")
}

pub(crate) fn name_in_words(adapter: &AdapterInfo) -> String {
    let name = if adapter.name.is_empty() { "the browser's GPU" } else { adapter.name.as_str() };
    if is_software(adapter) { format!("{name} (software)") } else { name.to_string() }
}

/// Sets what cubecl lets a program set once, before its first use. What is set already stays.
pub(crate) fn configure(adapter: &AdapterInfo) {
    use cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};

    let mut config = CubeClRuntimeConfig::default();
    // Each stream has memory pools of its own. One is enough for one engine.
    config.streaming.max_streams = 1;
    crate::worker::configure_files(adapter, &mut config);
    CubeClRuntimeConfig::storage().lock().get_or_insert_with(|| config.into());
}
