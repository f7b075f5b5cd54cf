//! The guided tours, and the hands in the machine: “What if?”.

use bridge::{Generation, Part, SchedulerKind, Site, Token, Tokens, WordWeight};
use exhibit::Stop;
use exhibit::change::{Change, WhatIf};
use exhibit::input::Intent;
use exhibit::nodes::spotlight::{self, pulse};
use exhibit::panels::what_if::{Row, WhatIfRows, Wish};
use exhibit::text::Texts;
use exhibit::tour::Route;
use exhibit::tour::route::{Act, RouteError, Routes, pointed};

use crate::models;

fn tours() -> [Route; 2] {
    [Route::two_minutes().unwrap(), Route::ten_minutes().unwrap()]
}

#[test]
fn both_tours_can_be_read_and_have_a_name() {
    let (routes, problems) = Routes::read();
    assert_eq!(problems, []);
    assert_eq!(routes.all, tours());
    let texts = Texts::english();
    for route in &routes.all {
        assert!(texts.knows(&route.name), "{}", route.name);
    }
}

#[test]
fn every_caption_is_written_short_and_points_at_as_many_things_as_light_up() {
    let texts = Texts::english();
    for stop in tours().iter().flat_map(|route| &route.stops) {
        assert!(texts.knows(&stop.caption), "{} has no caption {}", stop.stop, stop.caption);
        let pieces = pointed(&texts.say(&stop.caption));
        let letters: usize = pieces.iter().map(|(words, _)| words.chars().count()).sum();
        assert!(letters <= 170, "{} has {letters} letters", stop.caption);
        let marked = pieces.iter().filter(|(_, points)| *points).count();
        assert_eq!(marked, stop.lights.len(), "{}", stop.caption);
        assert!(marked > 0, "{} points at nothing", stop.caption);
    }
}

#[test]
fn what_lights_up_is_there() {
    for stop in tours().iter().flat_map(|route| &route.stops) {
        for light in &stop.lights {
            assert!(spotlight::colour(light).is_some(), "{light} at {}", stop.stop);
            if let Ok(block @ Stop::Block(_)) = light.parse() {
                assert_eq!(block, stop.stop, "a block is pointed at by who stands before it");
            }
        }
    }
}

#[test]
fn two_minutes_are_twelve_stops_in_every_hall() {
    for shape in models::all() {
        let stops: Vec<String> = tours()[0].clone().through(&shape).stops.iter().map(|stop| stop.stop.to_string()).collect();
        let expected = "hall words tokens text_encoder noise unet attention guidance scheduler decoder picture map";
        assert_eq!(stops.join(" "), expected);
    }
}

#[test]
fn ten_minutes_lead_to_every_block_of_every_model() {
    for shape in models::all() {
        let route = tours()[1].clone().through(&shape);
        for block in &shape.blocks {
            let is_plain = |stop: &&exhibit::tour::route::RouteStop| stop.stop == Stop::Block(block.block) && stop.act.is_none();
            assert!(route.stops.iter().any(|stop| is_plain(&stop)), "{}: {}", shape.name, block.block);
        }
        let all = Stop::all(&shape);
        assert!(route.stops.iter().all(|stop| all.contains(&stop.stop)));
        assert!((22..=28).contains(&route.stops.len()), "{}: {}", shape.name, route.stops.len());
    }
}

#[test]
fn a_tour_only_switches_off_what_there_is() {
    for shape in models::all() {
        for stop in tours()[1].clone().through(&shape).stops {
            if let Some(Act::WhatIf { change: Change::SwitchedOff(site), .. }) = stop.act {
                assert!(shape.can_switch_off(site), "{}: {site}", shape.name);
            }
        }
    }
}

#[test]
fn a_second_run_stands_from_its_act_to_the_next() {
    let route = Route::read(
        "a.ron",
        r#"(name: "tour-two-minutes", stops: [
            (stop: "hall", caption: "two-hall", lights: []),
            (stop: "guidance", caption: "two-hall", lights: [], act: Some(what_if(change: Guidance(1.0)))),
            (stop: "guidance", caption: "two-hall", lights: []),
            (stop: "unet", caption: "two-hall", lights: [], act: Some(what_if(change: SwitchedOff("unet.mid"), from_step: 3))),
            (stop: "unet", caption: "two-hall", lights: [], act: Some(alone)),
            (stop: "map", caption: "two-hall", lights: []),
        ])"#,
    )
    .unwrap();
    let guidance = Some(WhatIf { change: Change::Guidance(1.0), from_step: 0 });
    let mid = Some(WhatIf { change: Change::SwitchedOff("unet.mid".parse().unwrap()), from_step: 3 });
    let acting: Vec<Option<WhatIf>> = (0..6).map(|place| route.acting(place)).collect();
    assert_eq!(acting, [None, guidance.clone(), guidance, mid, None, None]);
    // A model without a middle is toured without that stop.
    assert_eq!(route.through(&models::bk_tiny()).stops.len(), 5);
}

#[test]
fn a_curator_writes_other_words_in_the_tour_itself() {
    let written = r#"(name: "tour-two-minutes", stops: [
        (stop: "noise", text: Some("From this ‹noise› the picture comes."), lights: ["noise.planes"]),
        (stop: "noise", caption: "two-noise", text: Some("Other words."), lights: []),
        (stop: "noise", caption: "two-noise", lights: ["noise.planes", "noise.seed"]),
    ])"#;
    let (route, texts) = (Route::read("a.ron", written).unwrap(), Texts::english());
    let said: Vec<String> = route.stops.iter().map(|stop| stop.says(&texts)).collect();
    assert_eq!(said, ["From this ‹noise› the picture comes.".into(), "Other words.".into(), texts.say("two-noise")]);
}

#[test]
fn a_tour_ends_without_a_second_run() {
    for route in tours() {
        assert_eq!(route.acting(route.stops.len() - 1), None);
    }
}

#[test]
fn a_tour_goes_on_and_back_and_stays_at_its_ends() {
    let [route, _] = tours();
    assert_eq!(route.neighbour(Some(0), true), Some(1));
    assert_eq!(route.neighbour(Some(1), false), Some(0));
    assert_eq!(route.neighbour(Some(0), false), Some(0));
    assert_eq!(route.neighbour(Some(11), true), Some(11));
    assert_eq!(route.neighbour(None, true), Some(0));
    assert_eq!(route.neighbour(None, false), Some(11));
    assert_eq!(Route::default().neighbour(None, true), None);
}

#[test]
fn a_wrong_tour_is_refused_with_file_stop_and_what_is_allowed() {
    let check = |written: &str, expected: &[&str]| {
        let problem: RouteError = Route::read("my.ron", written).unwrap_err();
        for part in std::iter::once(&"assets/tour/my.ron").chain(expected) {
            assert!(problem.to_string().contains(part), "{problem} lacks {part}");
        }
    };
    check(r#"(name: "x", stops: [(stop: "unet.side", caption: "c", lights: [])])"#, &["unet.side", "unet.mid", "time_wall"]);
    check(r#"(name: "x", stops: [(stop: "noise", caption: "c", lights: ["lamp"])])"#, &["lamp", "noise", "noise.planes"]);
    check(r#"(name: "x", stops: [(stop: "noise", lights: [])])"#, &["noise", "text: Some", "caption"]);
    check(r#"(name: "x", stops: [])"#, &["no stops"]);
    check(r#"(name: "x", stops: [(stop: "noise", caption: "c", lights: [], act: Some(explode))])"#, &["explode", "alone"]);
}

#[test]
fn pointed_keeps_all_words() {
    let texts = Texts::english();
    for stop in tours().iter().flat_map(|route| &route.stops) {
        let caption = texts.say(&stop.caption);
        let kept: String = pointed(&caption).into_iter().map(|(words, _)| words).collect();
        assert_eq!(kept, caption.replace(['‹', '›'], ""));
    }
    let piece = |words: &str, points: bool| (words.to_string(), points);
    assert_eq!(pointed("This is the ‹latent›."), [piece("This is the ", false), piece("latent", true), piece(".", false)]);
    assert_eq!(pointed("‹All›"), [piece("All", true)]);
    assert_eq!(pointed("none"), [piece("none", false)]);
    assert_eq!(pointed(""), []);
}

#[test]
fn a_thing_breathes_slowly_and_never_goes_out() {
    let brightness: Vec<f32> = (0..400u16).map(|tick| pulse(f32::from(tick) / 100.0)).collect();
    assert!(brightness.iter().all(|light| (0.299..=1.001).contains(light)));
    let peaks = brightness.windows(3).filter(|near| near[1] > near[0] && near[1] >= near[2]).count();
    assert!(peaks <= 4, "{peaks} peaks in 4 s");
    assert!(brightness.windows(2).all(|near| (near[0] - near[1]).abs() < 0.05));
}

/// A run of `a red boat, at sea`, of which a word is cut in two.
fn a() -> Generation {
    Generation {
        seed: 7,
        num_inference_steps: Some(20),
        guidance_scale: Some(3.0),
        scheduler: Some(SchedulerKind::Ddim),
        ..Generation::of("a Red boat, at sea")
    }
}

fn rows() -> WhatIfRows {
    let token = |(piece, word): (&str, Option<usize>)| Token { id: 0, piece: piece.into(), word };
    let pieces = [
        ("<|startoftext|>", None),
        ("a</w>", Some(0)),
        ("red</w>", Some(1)),
        ("bo", Some(2)),
        ("at</w>", Some(2)),
        (",</w>", Some(3)),
        ("at</w>", Some(4)),
        ("sea</w>", Some(5)),
        ("<|endoftext|>", None),
    ];
    let tokens = Tokens { slots: pieces.map(token).to_vec(), truncated: Vec::new() };
    WhatIfRows::new(&a(), &tokens, &models::built_in())
}

/// Goes to a row by the dial alone.
fn go(rows: &mut WhatIfRows, row: Row) {
    for _ in 0..Row::ALL.len() {
        if rows.row() == row {
            return;
        }
        assert_eq!(rows.feed(Intent::Dial(-1), 0), None);
    }
    panic!("{row:?} cannot be reached");
}

/// Turns a row by so many notches and presses it at the step with index 11; returns B.
fn paint(rows: &mut WhatIfRows, row: Row, notches: i32) -> Generation {
    go(rows, row);
    let step = if notches < 0 { Intent::StepBack } else { Intent::StepForward };
    for _ in 0..notches.abs() {
        assert_eq!(rows.feed(step, 11), None);
    }
    match rows.feed(Intent::Choose, 11) {
        Some(Wish::Beside(what_if)) => what_if.applied_to(&a()),
        other => panic!("{row:?} asks for {other:?}"),
    }
}

#[test]
fn a_pad_alone_reaches_every_change() {
    let mut rows = rows();
    assert_eq!(paint(&mut rows, Row::Guidance, 3), Generation { guidance_scale: Some(4.5), ..a() });
    assert_eq!(paint(&mut rows, Row::Seed, 2), Generation { seed: 10, ..a() });
    assert_eq!(paint(&mut rows, Row::Steps, -4), Generation { num_inference_steps: Some(16), ..a() });
    assert_eq!(paint(&mut rows, Row::Scheduler, 0), Generation { scheduler: Some(SchedulerKind::Pndm), ..a() });
    assert_eq!(paint(&mut rows, Row::Scheduler, 1), Generation { scheduler: Some(SchedulerKind::Euler), ..a() });
    assert_eq!(paint(&mut rows, Row::Word, 2), Generation { prompt: "a Red, at sea".into(), ..a() });
    let weighted = paint(&mut rows, Row::Weight, 2);
    assert_eq!(weighted.intervention.word_weights, [WordWeight { word: 2, weight: 2.5 }]);
    go(&mut rows, Row::Alone);
    assert_eq!(rows.feed(Intent::Choose, 11), Some(Wish::Alone));
}

#[test]
fn every_part_that_can_be_switched_off_is_on_a_row() {
    let shape = models::built_in();
    let mut off = Vec::new();
    for row in [Row::Skip, Row::Block, Row::Attention] {
        let mut rows = rows();
        let first = paint(&mut rows, row, 0).intervention.switched_off;
        let mut next = first.clone();
        loop {
            off.extend(next);
            next = paint(&mut rows, row, 1).intervention.switched_off;
            if next == first {
                break;
            }
        }
    }
    let skips: usize = shape.skips.len();
    let attentions: usize = shape.blocks.iter().map(|block| block.transformers).sum();
    assert_eq!(off.len(), skips + shape.blocks.len() + attentions);
    assert!(off.iter().all(|site| shape.can_switch_off(*site)));
    assert!(off.iter().any(|site| matches!(site, Site::Unet(_, Part::CrossAttention(_)))));
}

#[test]
fn texts_are_written_with_a_pad_alone() {
    for row in [Row::Prompt, Row::NegativePrompt] {
        let mut rows = rows();
        go(&mut rows, row);
        rows.feed(Intent::StepForward, 0);
        assert!(rows.typing().is_some());
        // On `q`; then down the left edge to Shift, and round to Done.
        rows.feed(Intent::Choose, 0);
        for intent in [Intent::Dial(-1), Intent::Dial(-1), Intent::Dial(-1), Intent::StepBack] {
            rows.feed(intent, 0);
        }
        rows.feed(Intent::Choose, 0);
        assert!(rows.typing().is_none(), "{row:?}");
        let b = paint(&mut rows, row, 0);
        let (prompt, negative) = (a().prompt, String::from("q"));
        match row {
            Row::Prompt => assert_eq!((b.prompt, b.negative_prompt), (format!("{prompt}q"), String::new())),
            _ => assert_eq!((b.prompt, b.negative_prompt), (prompt, negative)),
        }
    }
}

#[test]
fn a_text_that_is_given_up_stays_as_it_was() {
    let mut rows = rows();
    go(&mut rows, Row::Prompt);
    rows.feed(Intent::StepForward, 0);
    rows.feed(Intent::Choose, 0);
    assert!(rows.stop_typing() && !rows.stop_typing());
    assert_eq!(paint(&mut rows, Row::Prompt, 0), a());
}

#[test]
fn from_here_on_is_from_the_step_on_show() {
    let mut rows = rows();
    go(&mut rows, Row::FromHere);
    assert_eq!(rows.feed(Intent::Choose, 11), None);
    let branched = paint(&mut rows, Row::Guidance, 2);
    assert_eq!(branched.guidance_scale, Some(3.0));
    let branch = branched.branch.clone().unwrap();
    assert_eq!((branch.step, branch.guidance_scale), (11, Some(4.0)));
    assert_eq!(paint(&mut rows, Row::Word, 0).branch.unwrap().prompt.as_deref(), Some("Red boat, at sea"));
    go(&mut rows, Row::FromHere);
    rows.feed(Intent::StepForward, 11);
    assert_eq!(paint(&mut rows, Row::Guidance, 0), Generation { guidance_scale: Some(4.0), ..a() });
}

#[test]
fn levers_stop_at_their_ends() {
    let mut rows = rows();
    assert_eq!(paint(&mut rows, Row::Guidance, 60).guidance_scale, Some(20.0));
    assert_eq!(paint(&mut rows, Row::Guidance, -60).guidance_scale, Some(0.0));
    assert_eq!(paint(&mut rows, Row::Steps, -60).num_inference_steps, Some(1));
    assert_eq!(paint(&mut rows, Row::Weight, -20).intervention.word_weights[0].weight, 0.0);
    assert_eq!(paint(&mut rows, Row::Weight, 20).intervention.word_weights[0].weight, 3.0);
}

#[test]
fn up_from_the_first_row_is_the_last() {
    let mut rows = rows();
    go(&mut rows, Row::FromHere);
    rows.feed(Intent::Dial(1), 0);
    assert_eq!(rows.row(), Row::Alone);
}

#[test]
fn a_prompt_without_words_has_no_rows_for_them() {
    let rows = WhatIfRows::new(&Generation::default(), &Tokens { slots: Vec::new(), truncated: Vec::new() }, &models::built_in());
    assert!(rows.rows().all(|row| !matches!(row, Row::Word | Row::Weight)));
}
