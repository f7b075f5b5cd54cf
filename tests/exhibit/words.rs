//! What a visitor reads.

use std::fs;
use std::path::Path;

use bevy::prelude::*;
use bevy_egui::EguiContext;
use bevy_egui::egui::Color32;
use bridge::{SchedulerKind, Token};
use exhibit::camera::Comfort;
use exhibit::nodes::tokens::{Slot, slots};
use exhibit::text::{self, Texts};
use exhibit::{Stop, theme};

use crate::models;
use crate::visit::Visit;

/// All Rust source of the hall.
fn sources(folder: &Path, out: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            out.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Every text in quotes that looks like a key: `family-name`, of a family that the texts have.
fn keys(source: &str) -> Vec<&str> {
    let families = ["hall-", "line-", "token-", "unet-in", "unet-out", "guidance-", "scheduler-", "tour-", "hint-"];
    let newer = ["words-", "attention-", "map-", "wall-", "change-", "fallen-", "tiles-", "arcs-", "inspect-", "keep-"];
    let more = ["timeline-", "choices-", "loading-", "failure-", "leaving-", "caption-", "station-", "about-"];
    let is_key = |text: &&str| {
        families.iter().chain(&more).chain(&newer).any(|family| text.starts_with(family))
            && text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '-')
            && !text.ends_with('-')
    };
    source.split('"').filter(is_key).collect()
}

#[test]
fn every_sentence_that_the_hall_says_is_written() {
    let mut source = String::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/exhibit")), &mut source);
    let texts = Texts::english();
    let keys = keys(&source);
    assert!(keys.len() > 40);
    for key in keys {
        assert!(texts.knows(key), "assets/text/en lacks {key}");
    }
}

#[test]
fn every_stop_and_scheduler_has_its_words() {
    let texts = Texts::english();
    for shape in models::all() {
        for stop in Stop::all(&shape) {
            for family in ["station", "caption"] {
                assert!(texts.knows(&format!("{family}-{}", stop.kind())), "{family} of {stop}");
            }
        }
    }
    for station in exhibit::track::place(&models::built_in()).stations {
        assert!(texts.knows(&format!("about-{}", station.stop.kind())), "about {}", station.stop);
    }
    for scheduler in SchedulerKind::ALL {
        assert!(texts.knows(&format!("scheduler-{}", scheduler.name().replace('+', "p"))));
    }
}

#[test]
fn values_are_put_in_and_nothing_else() {
    let said = Texts::english().say_with("line-step", &[("step", "3".into()), ("steps", "20".into())]);
    assert_eq!(said, "step 3 of 20");
    assert_eq!(Texts::english().say("nobody-wrote-this"), "nobody-wrote-this");
}

#[test]
fn pieces_shapes_and_counts_are_written_as_people_read_them() {
    assert_eq!(text::piece("boat</w>"), "boat");
    assert_eq!(text::piece("water"), "water");
    assert_eq!(text::shape(&[4, 64, 64]), "4 × 64 × 64");
    assert_eq!(text::count(1_066_235_307), "1\u{2009}066\u{2009}235\u{2009}307");
    assert_eq!(text::count(42), "42");
}

#[test]
fn slots_are_start_pieces_end_and_padding() {
    let token = |word: Option<usize>| Token { id: 0, piece: String::new(), word };
    let tokens = [None, Some(0), Some(0), Some(1), None, None, None].map(token);
    let expected = [Slot::Start, Slot::Piece, Slot::Piece, Slot::Piece, Slot::End, Slot::Padding, Slot::Padding];
    assert_eq!(slots(&tokens), expected);
    assert_eq!(slots(&[None, None, None].map(token)), [Slot::Start, Slot::End, Slot::Padding]);
}

#[test]
fn text_on_panels_has_a_contrast_of_seven_to_one() {
    for ink in [theme::INK, theme::INK_SOFT, theme::TEXT, theme::ALARM] {
        for ground in [theme::PANEL, theme::FIELD] {
            assert!(theme::contrast(ink, ground) >= 7.0, "{ink:?} on {ground:?}");
        }
    }
    for ink in [theme::INK, theme::INK_SOFT, theme::TEXT, theme::LATENT, theme::NOISE, theme::GUIDANCE, theme::FEATURE] {
        assert!(theme::contrast(ink, theme::STONE) >= 7.0, "{ink:?} on stone");
    }
    assert!(theme::contrast(theme::VOID, theme::LATENT) >= 7.0);
}

#[test]
fn a_visitor_may_read_white_on_black() {
    let mut visit = Visit::open(1);
    let inks = |visit: &mut Visit| {
        let mut contexts = visit.world().query::<&mut EguiContext>();
        let style = contexts.single_mut(visit.world()).unwrap().get_mut().global_style();
        let visuals = &style.visuals;
        [visuals.window_fill, visuals.text_color(), visuals.weak_text_color(), visuals.window_stroke.color].map(srgba)
    };
    let least = |inks: [Srgba; 4]| inks[1..].iter().map(|&ink| theme::contrast(ink, inks[0])).fold(f32::INFINITY, f32::min);
    let before = inks(&mut visit);
    visit.world().resource_mut::<Comfort>().contrast = true;
    visit.frame();
    let [ground, ink, soft, _] = inks(&mut visit);
    assert_eq!([ground, ink, soft], [Srgba::BLACK.with_alpha(ground.alpha), Srgba::WHITE, Srgba::WHITE]);
    assert!(least(inks(&mut visit)) >= 7.0, "a card's edge is seen as well as its words");
    visit.world().resource_mut::<Comfort>().contrast = false;
    visit.frame();
    assert_eq!(inks(&mut visit), before);
}

#[test]
fn a_panel_takes_the_height_that_it_needs_and_the_screen_has() {
    let mut visit = Visit::open(1);
    visit.press(GamepadButton::Start);
    // An area is laid out once to learn its size.
    visit.frame();
    let mut contexts = visit.world().query::<&mut EguiContext>();
    let context = contexts.single_mut(visit.world()).unwrap().get_mut().clone();
    let panel = context.memory(|memory| memory.area_rect("choices")).expect("the choices are shown");
    let screen = context.content_rect();
    assert!(panel.height() > 700.0 && screen.contains_rect(panel), "{panel:?} on {screen:?}");
}

fn srgba(colour: Color32) -> Srgba {
    let [red, green, blue, alpha] = colour.to_srgba_unmultiplied();
    Srgba::rgba_u8(red, green, blue, alpha)
}
