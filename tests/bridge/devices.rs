//! Which device is taken.

use std::sync::Once;

use bridge::{DeviceChoice, Job, Shown, run_on};
use burn::tensor::Tensor;

/// Adds one and one.
struct Sum;

impl Job for Sum {
    type Output = (f32, String);

    async fn run<B: Shown>(self, device: B::Device, device_name: String) -> Self::Output {
        let sum = Tensor::<B, 1>::ones([1], &device) + 1.0;
        (sum.into_data().convert::<f32>().as_slice::<f32>().unwrap()[0], device_name)
    }
}

/// burn's settings are made once in a program, by whoever first opens a device; in a hall nobody else does so at the same moment. Tests
/// that open one wait here.
pub fn settle() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        pollster::block_on(run_on(DeviceChoice::Gpu, Sum))
            .expect("these tests need an adapter; on Debian: apt-get install mesa-vulkan-drivers");
    });
}

#[test]
fn a_choice_is_read_as_it_is_written() {
    for choice in [DeviceChoice::Auto, DeviceChoice::Gpu, DeviceChoice::Cpu] {
        assert_eq!(choice.to_string().parse(), Ok(choice));
    }
    let error = "cuda".parse::<DeviceChoice>().unwrap_err();
    assert_eq!(error.to_string(), "unknown device “cuda”: choose one of auto, gpu, cpu");
}

#[test]
fn a_job_runs_on_the_cpu() {
    let (sum, name) = pollster::block_on(run_on(DeviceChoice::Cpu, Sum)).unwrap();
    assert_eq!((sum, name.as_str()), (2.0, "the CPU"));
}

#[test]
fn a_job_runs_on_any_adapter_when_the_gpu_is_asked_for() {
    settle();
    let (sum, name) = pollster::block_on(run_on(DeviceChoice::Gpu, Sum)).unwrap();
    assert_eq!(sum, 2.0);
    assert_ne!(name, "the CPU");
}

#[test]
fn a_software_adapter_is_not_taken_by_itself() {
    settle();
    let (_, gpu) = pollster::block_on(run_on(DeviceChoice::Gpu, Sum)).unwrap();
    let (_, auto) = pollster::block_on(run_on(DeviceChoice::Auto, Sum)).unwrap();
    assert_eq!(auto, if gpu.ends_with("(software)") { "the CPU".into() } else { gpu });
}
