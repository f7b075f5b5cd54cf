//! What users get wrong: one clear message, a non-zero exit, never a panic.

use std::process::Output;

use crate::{folder, latentarium, text, tiny_model};

/// Runs `generate` on the tiny model with these arguments; standard error must name all of `words`.
fn check(prompt: &str, arguments: &[&str], words: &[&str]) {
    let model = tiny_model();
    let output_file = folder(&format!("mistake-{}", arguments.concat().replace('/', "-"))).join("out.png");
    let mut all = vec!["generate", prompt, "-o", output_file.to_str().unwrap()];
    if !arguments.contains(&"--device") {
        all.extend(["--device", "cpu"]);
    }
    if !arguments.contains(&"--model") {
        all.extend(["--model", model.to_str().unwrap()]);
    }
    all.extend(arguments);
    refused(&all, words);
    assert!(!output_file.exists(), "a failed run leaves no file behind");
}

/// These arguments are refused with all of `words` on standard error.
pub fn refused(arguments: &[&str], words: &[&str]) {
    check_refusal(&latentarium(arguments), words);
}

fn check_refusal(output: &Output, words: &[&str]) {
    let message = text(&output.stderr);
    assert!(!output.status.success(), "{} was done", text(&output.stdout));
    assert!(!message.contains("panicked"), "{message}");
    for word in words {
        assert!(message.contains(word), "“{message}” does not name {word}");
    }
}

#[test]
fn every_mistake_gets_a_message_that_names_the_cure() {
    check("a boat", &["--model", "/nowhere/at/all"], &["/nowhere/at/all", "does not exist", "model_index.json"]);
    check("a boat", &["--scheduler", "magic"], &["magic", "ddim, pndm, euler"]);
    check("a boat", &["--device", "abacus"], &["abacus", "auto, gpu, cpu"]);
    check("a boat", &["--width", "33"], &["33", "divisible by 16"]);
    check("a boat", &["--steps", "0"], &["0 steps", "between 1 and"]);
    check("a boat", &["--guidance-scale", "nan"], &["guidance scale"]);
    check(&"boat ".repeat(10_000), &[], &["10000 words", "shorten"]);
    refused(&["--model", "/nowhere/at/all"], &["/nowhere/at/all", "does not exist"]);
    refused(&["generate", "a boat", "-o", "/nowhere/at/all/out.png", "--device", "cpu"], &["/nowhere/at/all/out.png", "-o"]);
}

#[test]
fn a_truncated_file_is_named() {
    let copy = folder("truncated");
    copy_folder(&tiny_model(), &copy);
    let weights = std::fs::read_dir(copy.join("unet")).unwrap().map(|entry| entry.unwrap().path());
    let weights = weights.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "safetensors")).unwrap();
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    check("a boat", &["--model", copy.to_str().unwrap()], &[weights.to_str().unwrap(), "not a whole safetensors file"]);
}

#[test]
fn a_long_prompt_says_which_words_are_not_read() {
    let model = tiny_model();
    let file = folder("long").join("out.png");
    let prompt = "red lighthouse ".repeat(10);
    let arguments = [
        "generate",
        &prompt,
        "-o",
        file.to_str().unwrap(),
        "--model",
        model.to_str().unwrap(),
        "--device",
        "cpu",
        "--steps",
        "1",
    ];
    let output = latentarium(&arguments);
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("not read: red lighthouse red lighthouse"), "{}", text(&output.stderr));
}

#[test]
#[cfg(all(feature = "hall", target_os = "linux"))]
fn a_display_that_is_not_there_is_named_before_a_window_opens() {
    for display in [":93", "nowhere"] {
        let mut hall = std::process::Command::new(env!("CARGO_BIN_EXE_latentarium"));
        let output = hall.arg("--model").arg(tiny_model()).env("DISPLAY", display).output().unwrap();
        check_refusal(&output, &[display, "DISPLAY", "desktop session", "latentarium snapshot", "out/"]);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn every_command_has_help() {
    for command in ["generate", "trace", "snapshot", "bench-hall", "check"] {
        let output = latentarium(&[command, "--help"]);
        assert!(output.status.success());
        assert!(text(&output.stdout).contains("Usage: latentarium"), "{command}");
    }
}

pub fn copy_folder(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
