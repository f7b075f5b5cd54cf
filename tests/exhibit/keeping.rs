//! Pictures are kept with what made them, and links open the same run again.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use bridge::{Block, Generation, SchedulerKind};
use exhibit::Stop;
use exhibit::keep::{CodeError, Print, PrintError, Visit, from_link, keep, modules, png, to_link, words};

const BASE: &str = "https://example.org/latentarium/";

fn boat() -> Generation {
    Generation {
        eta: Some(0.5),
        guidance_rescale: Some(0.7),
        prompt: "a painting of a boat".into(),
        negative_prompt: "fog, rain".into(),
        seed: 7,
        num_inference_steps: Some(20),
        guidance_scale: Some(7.5),
        scheduler: Some(SchedulerKind::Euler),
        width: Some(2),
        height: Some(1),
        ..Generation::default()
    }
}

fn print() -> Print {
    let words = words(&boat(), "stable-diffusion-v1-5", "https://example.org/#seed=7");
    Print { width: 2, height: 1, rgb: vec![255, 0, 1, 2, 3, 254], words }
}

/// A folder that is not there yet.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keeping").join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    folder
}

/// The words and the pixels in a PNG.
fn decoded(bytes: &[u8]) -> (Vec<(String, String)>, Vec<u8>) {
    let mut reader = png::Decoder::new(Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let words = reader.info().utf8_text.iter().map(|chunk| (chunk.keyword.clone(), chunk.get_text().unwrap()));
    (words.collect(), pixels)
}

/// A link says all of this visit, in letters that every program leaves as they are.
fn check(visit: &Visit) {
    let link = to_link(visit, BASE);
    assert!(link.bytes().all(|byte| byte.is_ascii_graphic()), "{link}");
    assert_eq!(from_link(&link).as_ref(), Ok(visit), "{link}");
    let (_, fragment) = link.split_once('#').unwrap();
    assert_eq!(from_link(fragment).as_ref(), Ok(visit), "{fragment}");
}

#[test]
fn a_link_brings_back_every_setting() {
    check(&Visit::default());
    check(&Visit { generation: boat(), beside: None, stop: Some(Stop::TextEncoder) });
    check(&Visit { generation: boat(), beside: Some(Generation::default()), stop: Some(Stop::Block(Block::Up(2))) });
    check(&Visit { generation: Generation::default(), beside: Some(boat()), stop: Some(Stop::Block(Block::Mid)) });
    check(&Visit { generation: boat(), beside: Some(boat()), stop: None });
    for scheduler in SchedulerKind::ALL {
        check(&Visit { generation: Generation { scheduler: Some(scheduler), ..boat() }, ..Visit::default() });
    }
    for guidance_scale in [0.0, 1.0, 0.1, 1.0 / 3.0, f32::MAX, f32::MIN_POSITIVE] {
        let generation = Generation { guidance_scale: Some(guidance_scale), seed: u64::MAX, ..boat() };
        check(&Visit { generation, ..Visit::default() });
    }
}

#[test]
fn a_link_brings_back_any_prompt() {
    let long = ["lighthouse"; 77].join(" ");
    for prompt in [
        "a & b = c # d",
        "50 % off; 1+1?",
        "%41%",
        "Boot im Nebel, “größer”",
        "夕焼けの舟",
        "🛶\n⛵",
        "b.seed=1&stop=hall",
        " ",
        long.as_str(),
    ] {
        let generation = Generation { negative_prompt: prompt.into(), ..Generation::of(prompt) };
        check(&Visit { generation: generation.clone(), ..Visit::default() });
        check(&Visit { generation: boat(), beside: Some(generation), stop: Some(Stop::Picture) });
    }
}

#[test]
fn a_link_has_only_what_is_set_and_what_differs() {
    let generation = Generation { seed: 3, ..Generation::of("a boat") };
    let beside = Generation { prompt: "a red boat".into(), ..generation.clone() };
    let visit = Visit { generation, beside: Some(beside), stop: Some(Stop::Scheduler) };
    assert_eq!(to_link(&visit, "hall"), "hall#prompt=a%20boat&seed=3&stop=scheduler&b.prompt=a%20red%20boat");
}

#[test]
fn the_run_beside_can_leave_to_the_model_what_the_other_sets() {
    let beside = Generation { scheduler: None, ..boat() };
    let visit = Visit { generation: boat(), beside: Some(beside), stop: None };
    assert!(to_link(&visit, BASE).ends_with("&b.scheduler="));
    check(&visit);
}

#[test]
fn the_run_beside_may_stand_first_in_a_link() {
    let visit = from_link("b.seed=2&prompt=a%20boat&seed=1").unwrap();
    assert_eq!(visit.beside, Some(Generation { seed: 2, ..Generation::of("a boat") }));
    assert_eq!(visit.generation.seed, 1);
}

#[test]
fn a_link_that_cannot_be_read_names_the_key_the_value_and_what_is_allowed() {
    let check = |link: &str, key: &str, value: &str, allowed: &str| {
        let said = from_link(link).unwrap_err().to_string();
        assert!([key, value, allowed].iter().all(|part| said.contains(part)), "{link}: {said}");
    };
    check("prompt=a&colour=red", "“colour”", "“red”", "prompt, negative, seed");
    check("b.colour=red", "“b.colour”", "“red”", "prompt, negative, seed");
    check("b.stop=hall", "“b.stop”", "“hall”", "prompt, negative, seed");
    check("https://example.org/?page=1", "“https://example.org/?page”", "“1”", "prompt, negative, seed");
    check("seed=-1", "for seed", "“-1”", "a whole number from 0 to 18446744073709551615");
    check("seed", "for seed", "“”", "a whole number");
    check("seed=1&b.steps=many", "for b.steps", "“many”", "a whole number");
    check("width=2.5", "for width", "“2.5”", "a whole number");
    check("guidance=inf", "for guidance", "“inf”", "a number such as 7.5");
    check("guidance=NaN", "for guidance", "“NaN”", "a number such as 7.5");
    check("scheduler=karras", "for scheduler", "“karras”", "ddim");
    check("stop=cellar", "for stop", "“cellar”", "unet.mid");
    check("prompt=%FF", "for prompt", "“%FF”", "UTF-8");
}

#[test]
fn a_print_has_its_words_and_its_pixels() {
    let mut print = print();
    print.words.push(("Comment".into(), "夕焼けの舟 & “größer”".into()));
    let (words, pixels) = decoded(&png(&print).unwrap());
    assert_eq!(words, print.words);
    assert_eq!(pixels, print.rgb);
}

#[test]
fn a_print_says_how_it_was_made_as_other_tools_do() {
    let words = print().words;
    let said = |keyword: &str| words.iter().find(|(known, _)| known == keyword).map(|(_, text)| text.as_str());
    let parameters = "a painting of a boat\nNegative prompt: fog, rain\n\
        Steps: 20, Sampler: Euler, CFG scale: 7.5, Seed: 7, Size: 2x1, Model: stable-diffusion-v1-5";
    assert_eq!(said("parameters"), Some(parameters));
    assert_eq!(said("Title"), Some("a painting of a boat"));
    assert_eq!(said("Latentarium link"), Some("https://example.org/#seed=7"));
    assert!(said("Description").is_some() && said("Software").is_some());
}

#[test]
fn what_is_left_to_the_model_is_not_said() {
    let words = words(&Generation::of("a boat"), "boats, small", "");
    let (_, parameters) = words.iter().find(|(keyword, _)| keyword == "parameters").unwrap();
    assert_eq!(parameters, "a boat\nSeed: 0, Model: \"boats, small\"");
}

#[test]
fn pixels_that_do_not_fill_the_picture_are_refused() {
    let error = png(&Print { height: 2, ..print() }).unwrap_err();
    assert_eq!(error, PrintError::Pixels { width: 2, height: 2, expected: 12, bytes: 6 });
    assert!(matches!(png(&Print { width: 0, rgb: Vec::new(), ..print() }), Err(PrintError::Encode { .. })));
}

#[test]
fn nothing_that_was_kept_is_overwritten() {
    let folder = folder("twice");
    let first = keep(&folder, &print()).unwrap();
    fs::write(&first, "changed by its owner").unwrap();
    let later = [keep(&folder, &print()).unwrap(), keep(&folder, &print()).unwrap()];
    assert_eq!(first, folder.join("latentarium-7-a-painting-of-a-boat.png"));
    assert_eq!(later, ["-2", "-3"].map(|copy| folder.join(format!("latentarium-7-a-painting-of-a-boat{copy}.png"))));
    assert_eq!(fs::read_to_string(&first).unwrap(), "changed by its owner");
    for path in later {
        assert_eq!(decoded(&fs::read(path).unwrap()), (print().words, print().rgb));
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 3, "nothing else is left in the folder");
}

#[test]
fn any_prompt_makes_a_file_name() {
    let folder = folder("names");
    let kept = |prompt: &str| {
        let path = keep(&folder, &Print { words: words(&Generation::of(prompt), "", ""), ..print() }).unwrap();
        assert_eq!(path.parent(), Some(folder.as_path()));
        path.file_name().unwrap().to_str().unwrap().to_string()
    };
    assert_eq!(kept("../Étude: a/b \\ c?"), "latentarium-0-étude-a-b-c.png");
    assert_eq!(kept("夕焼けの舟"), "latentarium-0-夕焼けの舟.png");
    assert_eq!(kept("… & #"), "latentarium-0.png");
    assert!(kept(&"𝔞".repeat(500)).len() < 255);
    let path = keep(&folder, &Print { words: Vec::new(), ..print() }).unwrap();
    assert_eq!(path, folder.join("latentarium.png"));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_named() {
    let folder = folder("blocked");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("a-file");
    fs::write(&file, "no folder").unwrap();
    let error = keep(&file, &print()).unwrap_err();
    assert!(matches!(&error, PrintError::Write { path, .. } if *path == file), "{error}");
}

#[test]
fn a_phone_reads_the_link_from_the_picture_of_its_code() {
    let link = to_link(&Visit { generation: boat(), beside: None, stop: Some(Stop::Picture) }, BASE);
    let picture = modules(&link).unwrap().picture(4);
    let luminance = |x: usize, y: usize| picture.rgba[4 * (y * picture.side + x)];
    let quiet = 4 * 4;
    assert!((0..picture.side).all(|x| (0..quiet).all(|y| luminance(x, y) == 255 && luminance(y, x) == 255)));
    assert_eq!(luminance(quiet, quiet), 0, "a corner of a finder pattern");
    let mut seen = rqrr::PreparedImage::prepare_from_greyscale(picture.side, picture.side, luminance);
    let read: Vec<String> = seen.detect_grids().iter().map(|grid| grid.decode().unwrap().1).collect();
    assert_eq!(read, [link]);
}

#[test]
fn a_code_carries_a_link_of_any_length_up_to_the_most() {
    let mut sides = Vec::new();
    for length in [1, 17, 18, 255, 256, 1000, 2953] {
        let link = "hall#seed=1".chars().cycle().take(length).collect::<String>();
        let code = modules(&link).unwrap();
        assert_eq!(code.dark.len(), code.side * code.side);
        let grid = rqrr::SimpleGrid::from_func(code.side, |x, y| code.dark[y * code.side + x]);
        assert_eq!(rqrr::Grid::new(grid).decode().unwrap().1, link);
        sides.push(code.side);
    }
    assert_eq!((sides[0], sides[1], sides[2], sides[6]), (21, 21, 25, 177), "the smallest that will do");
}

#[test]
fn a_link_too_long_for_a_code_is_told_how_long_it_may_be() {
    let error = modules(&"a".repeat(2954)).unwrap_err();
    assert_eq!(error, CodeError::TooLong { bytes: 2954, most: 2953 });
    assert!(error.to_string().contains("2953"));
}
