//! The benchmark of the hall: that it measures, never how fast this machine is.

use serde_json::Value;

use crate::mistakes::copy_folder;
use crate::{folder, latentarium, text, tiny_model};

const FRAMES: u64 = 8;

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

fn check_times(times: &Value) {
    let [median, p95, max] = ["median_ms", "p95_ms", "max_ms"].map(|name| number(&times[name]));
    assert!(0.0 < median && median <= p95 && p95 <= max, "{times}");
    assert!(times["frames"].as_u64().unwrap() >= FRAMES, "{times}");
}

#[test]
fn the_benchmark_says_what_it_has_measured() {
    // Runs of two steps are enough here.
    let model = folder("bench-hall");
    copy_folder(&tiny_model(), &model);
    std::fs::write(model.join("generation_config.json"), r#"{ "num_inference_steps": 2 }"#).unwrap();
    let frames = FRAMES.to_string();
    let output = latentarium(&[
        "bench-hall",
        "--model",
        model.to_str().unwrap(),
        "--device",
        "cpu",
        "--size",
        "160x90",
        "--frames",
        &frames,
        "--runs",
        "2",
        "--json",
    ]);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("run 1 of 2: ") && said.contains("run 2 of 2: "), "{said}");

    let json: Value = serde_json::from_str(text(&output.stdout).trim()).unwrap();
    assert!(!json["adapter"].as_str().unwrap().is_empty(), "{json}");
    assert!(json["engine"].as_str().unwrap().contains("computing on the CPU"), "{json}");
    assert!(["processor", "little"].contains(&json["contention"].as_str().unwrap()), "{json}");
    assert_eq!(json["size"], serde_json::json!([160, 90]));
    check_times(&json["idle"]);
    check_times(&json["running"]);
    assert!(json["whole_runs"].as_u64().unwrap() >= 1, "{json}");
    let ratio = number(&json["running"]["p95_ms"]) / number(&json["idle"]["p95_ms"]);
    assert!((number(&json["p95_ratio"]) - ratio).abs() < 1e-6, "{json}");
    assert_eq!(json["is_smooth"], ratio <= number(&json["most_p95_ratio"]));
    if cfg!(target_os = "linux") {
        let after_each = json["resident"]["after_each_mib"].as_array().unwrap();
        assert!(after_each.len() == 2 && after_each.iter().all(|mib| number(mib) > 1.0), "{json}");
        let grown = number(&after_each[1]) - number(&after_each[0]);
        assert!((number(&json["resident"]["mib_per_run"]) - grown).abs() < 1e-6, "{json}");
    }
}

#[test]
fn the_kernels_that_a_gpu_is_asked_to_start_are_counted() {
    let model = tiny_model();
    let count = |whose: &str| -> [u64; 3] {
        let output = latentarium(&["bench", "--count-dispatches", whose, "--model", model.to_str().unwrap()]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let json: Value = serde_json::from_str(text(&output.stdout).trim()).unwrap();
        ["begin", "step", "decode"].map(|part| json[part].as_u64().unwrap())
    };
    let (ours, burns) = (count("ours"), count("burn"));
    // The same work in fewer kernels, and the same count again.
    assert!(ours.iter().zip(burns).all(|(&ours, burns)| 10 < ours && ours < burns), "{ours:?} of ours, {burns:?} of burn's");
    assert_eq!(count("ours"), ours);
}

#[test]
fn a_benchmark_of_no_frames_is_refused() {
    let output = latentarium(&["bench-hall", "--frames", "0"]);
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("--frames"), "{}", text(&output.stderr));
}
