//! The same numbers as diffusers, on wgpu: any adapter, a software one too.

use bridge::{Comparison, DeviceChoice, Job, Shown, compare_with_cpu, run_on};
use diffusion::Folder;

use crate::devices::settle;
use crate::golden_run::{FOLDERS, check_folder, golden};

/// Every run that diffusers made, on the backend of the job.
struct Parity;

impl Job for Parity {
    type Output = ();

    async fn run<B: Shown>(self, device: B::Device, _device_name: String) {
        for folder in FOLDERS {
            check_folder::<B>(folder, &device);
        }
    }
}

#[test]
fn every_run_on_wgpu_equals_diffusers() {
    settle();
    pollster::block_on(run_on(DeviceChoice::Gpu, Parity)).unwrap();
}

#[test]
fn the_kernels_of_this_adapter_are_right() {
    settle();
    let folder = Folder::open(golden("tiny-sd1")).unwrap();
    let report = pollster::block_on(compare_with_cpu(&folder, &mut |_, _, _| {})).unwrap().unwrap();
    let wrong: Vec<&Comparison> = report.comparisons.iter().filter(|comparison| !comparison.is_right()).collect();
    assert!(wrong.is_empty(), "{}: {wrong:#?}", report.adapter);
    assert!(report.comparisons.len() > 10);
}
