//! Links that open a visit, and parts that are switched off by name.

use crate::mistakes::refused;
use crate::{folder, latentarium, text, tiny_model};

#[cfg(feature = "hall")]
#[test]
fn a_link_that_cannot_be_read_names_what_is_allowed() {
    for command in [&[][..], &["snapshot", "-o", "never-written.png"]] {
        let check = |link: &str, words: &[&str]| refused(&[command, &["--link", link]].concat(), words);
        check("latentarium:#sead=7", &["sead", "seed", "prompt"]);
        check("latentarium:#seed=seven", &["seven", "seed", "whole number"]);
        check("stop=cellar", &["cellar", "stop", "time_wall"]);
        check("scheduler=magic", &["magic", "ddim, pndm, euler"]);
    }
}

#[cfg(feature = "hall")]
#[test]
fn a_link_leaves_no_prompt_and_no_seed_to_say() {
    refused(&["--link", "seed=7", "--seed", "8"], &["--link", "--seed", "cannot be used with"]);
    refused(&["--link", "seed=7", "--prompt", "a boat"], &["--link", "--prompt", "cannot be used with"]);
}

#[cfg(feature = "hall")]
#[test]
fn a_link_opens_both_runs_at_its_stop() {
    let (model, file) = (tiny_model(), folder("link").join("noise.png"));
    let output = latentarium(&[
        "snapshot",
        "--link",
        "https://example.org/hall#prompt=a%20red%20boat&seed=7&steps=2&scheduler=ddim&stop=noise&b.prompt=a%20blue%20boat",
        "--model",
        model.to_str().unwrap(),
        "--device",
        "cpu",
        "--size",
        "320x180",
        "-o",
        file.to_str().unwrap(),
    ]);
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("noise: ") && said.contains("of 2 steps computed, beside it 2 of 2"), "{said}");
    let picture = image::open(&file).unwrap();
    assert_eq!((picture.width(), picture.height()), (320, 180));
}

#[test]
fn what_is_switched_off_is_missed_in_the_picture() {
    let model = tiny_model();
    let folder = folder("switched-off");
    let generate = |name: &str, more: &[&str]| {
        let file = folder.join(name);
        let arguments = ["generate", "a red boat", "--steps", "2", "--device", "cpu", "--model", model.to_str().unwrap()];
        let output = latentarium(&[&arguments[..], &["-o", file.to_str().unwrap()], more].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
        std::fs::read(file).unwrap()
    };
    let whole = generate("whole.png", &[]);
    let one = generate("one.png", &["--switch-off", "unet.mid"]);
    let both = generate("both.png", &["--switch-off", "unet.mid", "--switch-off", "unet.up.1.skip.0"]);
    assert!(whole != one && one != both && whole != both);
}

#[test]
fn a_part_that_is_not_there_is_named() {
    let (model, file) = (tiny_model(), folder("not-there").join("out.png"));
    let check = |site: &str, words: &[&str]| {
        let arguments = ["generate", "a boat", "--device", "cpu", "--model", model.to_str().unwrap()];
        refused(&[&arguments[..], &["-o", file.to_str().unwrap(), "--switch-off", site]].concat(), words);
        assert!(!file.exists(), "a failed run leaves no file behind");
    };
    check("cellar", &["cellar", "unet.down.1.attn.0.cross"]);
    check("unet.up.9", &["unet.up.9", "cannot be switched off"]);
}
