//! Choosing words on a panel: the prompt cards, the word wheel and the on-screen keyboard.

use std::f32::consts::TAU;
use std::sync::Arc;

use bevy::prelude::*;
use bevy_egui::egui::text::{LayoutJob, TextFormat};
use bevy_egui::egui::{self, Align2, Color32, CornerRadius, FontId, Galley, Response, RichText, Sense, Stroke, StrokeKind};

use super::style::{HEADING, SMALL, aside, colour, field, semi_bold};
use crate::text::Texts;
use crate::theme;
use crate::words::cards::{apart, difference};
use crate::words::keyboard::{COLUMNS, LONGEST, rows};
use crate::words::{Card, Cards, Choice, Key, Keyboard, Ring, Take, Typed, Wheel};

/// Size of the words that a visitor chooses from.
const WORD: f32 = 28.0;
/// Width that a mark before a word takes.
const MARK: f32 = 44.0;
const CARDS_HEIGHT: f32 = 570.0;
const BOTH: f32 = 150.0;
const DIAL: f32 = 280.0;
const SPOKE: egui::Vec2 = egui::vec2(452.0, 54.0);
const KEY: egui::Vec2 = egui::vec2(92.0, 64.0);
const GAP: f32 = 8.0;

fn letters(size: f32) -> FontId {
    FontId::proportional(size)
}

/// The cards under one another; returns what a finger or the mouse has taken. `at` is where the pad or the keys stand.
pub(super) fn show_cards(ui: &mut egui::Ui, cards: &Cards, at: Choice, texts: &Texts) -> Option<Choice> {
    heading(ui, &texts.say("words-cards-title"));
    aside(ui, texts.say("words-cards-about"));
    // Only a move of the pad or the keys scrolls: a finger scrolls by itself.
    let id = ui.id().with("card");
    let before = ui.ctx().data(|memory| memory.get_temp::<usize>(id));
    ui.ctx().data_mut(|memory| memory.insert_temp(id, at.card));
    let mut taken = None;
    egui::ScrollArea::vertical().max_height(CARDS_HEIGHT).auto_shrink([false, true]).show(ui, |ui| {
        for (place, card) in cards.cards.iter().enumerate() {
            let here = (place == at.card).then_some(at.take);
            let (take, rect) = show_card(ui, card, here, texts);
            if let Some(take) = take {
                taken = Some(Choice { card: place, take });
            }
            if here.is_some() && before != Some(place) {
                ui.scroll_to_rect(rect, None);
            }
            ui.add_space(GAP);
        }
    });
    taken
}

/// One card: ● A above ■ B, beside them both, below them their difference in words.
fn show_card(ui: &mut egui::Ui, card: &Card, here: Option<Take>, texts: &Texts) -> (Option<Take>, egui::Rect) {
    let mut taken = None;
    let shown = ui.vertical(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(GAP, GAP);
        let width = (ui.available_width() - BOTH - GAP).max(200.0);
        ui.horizontal_top(|ui| {
            let lines = ui.vertical(|ui| {
                for (take, prompt, other) in [(Take::A, &card.a, &card.b), (Take::B, &card.b, &card.a)] {
                    let prompt = prompt_line(ui, prompt, other, track(take), width - 2.0 * MARK);
                    let size = egui::vec2(width, prompt.size().y + 20.0);
                    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
                    ground(ui, rect, &response, here == Some(take));
                    track_mark(ui, egui::pos2(rect.left() + 1.5 * MARK, rect.center().y), take);
                    ui.painter().galley(rect.min + egui::vec2(2.0 * MARK, 10.0), prompt, colour(theme::INK));
                    if response.clicked() {
                        taken = Some(take);
                    }
                }
            });
            let size = egui::vec2(BOTH, lines.response.rect.height());
            let (rect, response) = ui.allocate_exact_size(size, Sense::click());
            ground(ui, rect, &response, here == Some(Take::Both));
            for (take, dx) in [(Take::A, -16.0), (Take::B, 16.0)] {
                track_mark(ui, rect.center() + egui::vec2(dx, -18.0), take);
            }
            let below = rect.center() + egui::vec2(0.0, 18.0);
            ui.painter().text(below, Align2::CENTER_CENTER, texts.say("words-both"), letters(WORD), colour(theme::INK));
            if response.clicked() {
                taken = Some(Take::Both);
            }
        });
        let (a, b) = difference(&card.a, &card.b);
        let said = |words: String| if words.is_empty() { texts.say("words-nothing") } else { format!("“{words}”") };
        let difference = texts.say_with("words-difference", &[("a", said(a)), ("b", said(b))]);
        aside(ui, difference);
    });
    (taken, shown.response.rect)
}

/// A prompt with the words that are its own in heavier type, underlined.
fn prompt_line(ui: &egui::Ui, prompt: &str, other: &str, underline: Srgba, width: f32) -> Arc<Galley> {
    let plain = TextFormat::simple(letters(WORD), ui.visuals().weak_text_color());
    let own =
        TextFormat { underline: Stroke::new(3.0, colour(underline)), ..TextFormat::simple(semi_bold(WORD), colour(theme::INK)) };
    let mut job = LayoutJob::default();
    job.wrap.max_width = width;
    for (words, format) in apart(prompt, other).iter().zip([&plain, &own, &plain]) {
        if words.is_empty() {
            continue;
        }
        if !job.text.is_empty() {
            job.append(" ", 0.0, plain.clone());
        }
        job.append(words, 0.0, format.clone());
    }
    ui.painter().layout_job(job)
}

fn track(take: Take) -> Srgba {
    if take == Take::B { theme::TRACK_B } else { theme::TRACK_A }
}

/// ● or ■, drawn: no font has both in one size.
fn track_mark(ui: &egui::Ui, at: egui::Pos2, take: Take) {
    let ink = colour(track(take));
    if take == Take::B {
        let square = egui::Rect::from_center_size(at, egui::vec2(18.0, 18.0));
        ui.painter().rect_filled(square, CornerRadius::ZERO, ink);
    } else {
        ui.painter().circle_filled(at, 10.0, ink);
    }
}

fn heading(ui: &mut egui::Ui, words: &str) {
    ui.label(RichText::new(words).font(semi_bold(HEADING)));
}

/// The ground of what can be pressed. Where the visitor's hand is, it has a heavy frame and a pointer.
fn ground(ui: &egui::Ui, rect: egui::Rect, response: &Response, here: bool) {
    let style = ui.style().interact(response);
    ui.painter().rect(rect, style.corner_radius, style.bg_fill, style.bg_stroke, StrokeKind::Inside);
    if here {
        ui.painter().rect_stroke(rect, style.corner_radius, Stroke::new(4.0, colour(theme::INK)), StrokeKind::Inside);
        triangle(ui, rect.left_center() + egui::vec2(20.0, 0.0), egui::vec2(8.0, 0.0));
    }
}

/// A triangle that points along `tip`.
fn triangle(ui: &egui::Ui, at: egui::Pos2, tip: egui::Vec2) {
    let points = vec![at + tip, at - tip + tip.rot90(), at - tip - tip.rot90()];
    ui.painter().add(egui::Shape::convex_polygon(points, colour(theme::INK), Stroke::NONE));
}

/// The sentence, its rings in their order and the words of the ring in hand; returns the wheel as a finger or the mouse has turned it.
pub(super) fn show_wheel(ui: &mut egui::Ui, wheel: &Wheel, texts: &Texts) -> Option<Wheel> {
    let mut turned = *wheel;
    heading(ui, &texts.say("words-wheel-title"));
    ui.label(RichText::new(wheel.sentence()).size(WORD).color(colour(theme::TEXT)));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(GAP, GAP);
        for ring in wheel.rings() {
            if show_ring(ui, wheel, ring, texts) {
                turned.take_ring(ring);
            }
        }
    });
    ui.horizontal_top(|ui| {
        if let Some(stick) = show_dial(ui, wheel) {
            turned.point(stick);
        }
        ui.add_space(MARK);
        if let Some(by) = show_words(ui, wheel, texts) {
            turned.turn(by);
        }
    });
    (turned != *wheel).then_some(turned)
}

/// A word of a ring as a visitor reads it.
fn spoken(ui: &egui::Ui, word: &str, texts: &Texts) -> (String, Color32) {
    match word {
        "" => (texts.say("words-unsaid"), ui.visuals().weak_text_color()),
        _ => (word.to_string(), colour(theme::TEXT)),
    }
}

/// A ring by its name and its chosen word; returns whether it was pressed.
fn show_ring(ui: &mut egui::Ui, wheel: &Wheel, ring: Ring, texts: &Texts) -> bool {
    let (word, ink) = spoken(ui, wheel.word(ring), texts);
    let (painter, soft) = (ui.painter(), ui.visuals().weak_text_color());
    let name = texts.say(&format!("words-ring-{}", ring.name()));
    let name = painter.layout_no_wrap(name, letters(SMALL), soft);
    let word = painter.layout_no_wrap(word, letters(WORD), ink);
    let size = egui::vec2(name.size().x.max(word.size().x) + MARK + 16.0, name.size().y + word.size().y + 16.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    ground(ui, rect, &response, ring == wheel.ring());
    let corner = rect.min + egui::vec2(MARK, 8.0);
    let below = corner + egui::vec2(0.0, name.size().y);
    ui.painter().galley(corner, name, soft);
    ui.painter().galley(below, word, ink);
    response.clicked()
}

/// All words of the ring in hand as dots in a circle; returns where a finger points, as a stick would.
fn show_dial(ui: &mut egui::Ui, wheel: &Wheel) -> Option<Vec2> {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(DIAL, DIAL), Sense::click_and_drag());
    let (count, radius, painter) = (wheel.words().len(), 0.43 * DIAL, ui.painter());
    let at = |word: usize, radius: f32| {
        let (right, up) = (TAU * word as f32 / count as f32).sin_cos();
        rect.center() + radius * egui::vec2(right, -up)
    };
    painter.circle(rect.center(), radius, field(ui), Stroke::new(2.0, ui.visuals().window_stroke.color));
    for word in 0..count {
        painter.circle_filled(at(word, radius), 4.0, ui.visuals().weak_text_color());
    }
    let hand = [rect.center(), at(wheel.chosen(), radius)];
    painter.line_segment(hand, Stroke::new(5.0, colour(theme::TEXT)));
    painter.circle(hand[1], 11.0, colour(theme::TEXT), Stroke::new(3.0, colour(theme::INK)));
    let pointed = response.interact_pointer_pos()? - rect.center();
    Some(Vec2::new(pointed.x, -pointed.y) / radius)
}

/// The chosen word among its neighbours; returns how many words further a finger asks for.
fn show_words(ui: &mut egui::Ui, wheel: &Wheel, texts: &Texts) -> Option<i32> {
    let mut asked = None;
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        let words = wheel.around();
        let middle = (words.len() / 2) as i32;
        for (place, word) in (0..).zip(&words) {
            let by: i32 = place - middle;
            let (rect, response) = ui.allocate_exact_size(SPOKE, Sense::click());
            ground(ui, rect, &response, by == 0);
            let (word, ink) = spoken(ui, word, texts);
            let font = if by == 0 { semi_bold(WORD) } else { letters(WORD) };
            let corner = rect.left_center() + egui::vec2(MARK, 0.0);
            ui.painter().text(corner, Align2::LEFT_CENTER, word, font, ink);
            if response.clicked() && by != 0 {
                asked = Some(by);
            }
        }
        let place = [("word", (wheel.chosen() + 1).to_string()), ("words", wheel.words().len().to_string())];
        aside(ui, texts.say_with("words-wheel-place", &place));
    });
    asked
}

/// The text with its caret above the keys; returns the key that a finger or the mouse has pressed.
///
/// With `real_keys` the text is a field that they write into; until they leave it, they mean nothing else.
pub(super) fn show_keyboard(ui: &mut egui::Ui, keyboard: &mut Keyboard, texts: &Texts, real_keys: bool) -> Option<Typed> {
    heading(ui, &texts.say("words-keyboard-title"));
    if real_keys {
        if write_with_keys(ui, keyboard) {
            return Some(Typed::Done);
        }
    } else {
        show_text(ui, keyboard);
    }
    let length = [("letters", keyboard.text().chars().count().to_string()), ("most", LONGEST.to_string())];
    aside(ui, texts.say_with("words-keyboard-length", &length));
    let mut pressed = None;
    ui.spacing_mut().item_spacing = egui::vec2(GAP, GAP);
    for row in rows() {
        ui.horizontal(|ui| {
            for key in row {
                if show_key(ui, keyboard, key, texts) {
                    pressed = Some(key);
                }
            }
        });
    }
    pressed.and_then(|key| keyboard.touch(key))
}

/// A field that has the keys from when it is first seen; returns whether Enter was pressed in it.
fn write_with_keys(ui: &mut egui::Ui, keyboard: &mut Keyboard) -> bool {
    let mut text = keyboard.text().to_string();
    let width = COLUMNS as f32 * (KEY.x + GAP);
    let field = egui::TextEdit::singleline(&mut text).font(letters(WORD)).text_color(colour(theme::TEXT)).char_limit(LONGEST);
    let field = ui.add(field.desired_width(width));
    let pass = ui.ctx().cumulative_pass_nr();
    let last = ui.ctx().data(|memory| memory.get_temp::<u64>(field.id));
    ui.ctx().data_mut(|memory| memory.insert_temp(field.id, pass));
    if last.is_none_or(|last| last + 1 < pass) {
        field.request_focus();
    }
    if field.changed() {
        *keyboard = Keyboard::of(&text);
    }
    field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter))
}

fn show_text(ui: &mut egui::Ui, keyboard: &Keyboard) {
    let (before, behind) = keyboard.at_caret();
    let mut text = LayoutJob::default();
    text.wrap.max_width = COLUMNS as f32 * (KEY.x + GAP);
    text.append(before, 0.0, TextFormat::simple(letters(WORD), colour(theme::TEXT)));
    text.append("|", 0.0, TextFormat::simple(semi_bold(WORD), colour(theme::LATENT)));
    text.append(behind, 0.0, TextFormat::simple(letters(WORD), colour(theme::TEXT)));
    ui.label(text);
}

/// A key; returns whether it was pressed.
fn show_key(ui: &mut egui::Ui, keyboard: &Keyboard, key: Key, texts: &Texts) -> bool {
    let columns = key.width() as f32;
    let size = egui::vec2(columns * KEY.x + (columns - 1.0) * GAP, KEY.y);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    ground(ui, rect, &response, key == keyboard.key());
    let write = |words: String, size: f32| {
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, words, letters(size), colour(theme::INK));
    };
    match key {
        Key::Letter(letter) if keyboard.capital() => write(letter.to_ascii_uppercase().to_string(), WORD),
        Key::Letter(letter) => write(letter.to_string(), WORD),
        Key::Space => write(texts.say("words-key-space"), SMALL),
        Key::Backspace => write(texts.say("words-key-backspace"), SMALL),
        Key::Done => write(texts.say("words-key-done"), SMALL),
        Key::Shift => {
            write(texts.say("words-key-shift"), SMALL);
            if keyboard.capital() {
                triangle(ui, rect.left_center() + egui::vec2(44.0, 0.0), egui::vec2(0.0, -8.0));
            }
        }
        Key::Left => triangle(ui, rect.center(), egui::vec2(-10.0, 0.0)),
        Key::Right => triangle(ui, rect.center(), egui::vec2(10.0, 0.0)),
    }
    // A symbol is said in words too.
    let response = match key {
        Key::Left => response.on_hover_text(texts.say("words-key-left")),
        Key::Right => response.on_hover_text(texts.say("words-key-right")),
        _ => response,
    };
    response.clicked()
}
