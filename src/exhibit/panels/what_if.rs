//! “What if?”: hands in the machine. One thing is made different, and a second run shows what becomes of it.

use std::ops::Range;

use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align, Align2, Color32, CornerRadius, Layout, Margin, RichText, Sense, Stroke};
use bridge::{BlockShape, Generation, ModelShape, Part, RunId, SchedulerKind, Site, Tokens};

use super::Panels;
use super::choices::MOST_STEPS;
use super::style::{HEADING, SMALL, aside, colour, field, panel, semi_bold};
use super::timeline;
use super::words::show_keyboard;
use crate::change::{Change, WhatIf, difference};
use crate::input::{Intent, LastDevice, OneStick};
use crate::lever::MOST_GUIDANCE;
use crate::nodes::Hall;
use crate::state::{Lanes, PaintBeside, Run};
use crate::text::{self, Texts};
use crate::theme;
use crate::tour::{Moment, Score, TourTime};
use crate::words::{Keyboard, Typed};

/// One line of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Whether the change holds from the step on show on, or from the beginning.
    FromHere,
    Guidance,
    Seed,
    Scheduler,
    Steps,
    /// Chooses a word; pressed, B is painted without it.
    Word,
    /// What that word counts, 0 to 3.
    Weight,
    Skip,
    Block,
    Attention,
    Prompt,
    NegativePrompt,
    Alone,
}

/// What the press of a row asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    Beside(WhatIf),
    Alone,
}

/// Things of which one is chosen.
#[derive(Clone, Debug, PartialEq)]
struct OneOf<T> {
    things: Vec<T>,
    place: usize,
}

/// The rows, what has been turned in each, and where the hand is.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfRows {
    row: Row,
    from_here: bool,
    guidance: f32,
    seed: u64,
    schedulers: OneOf<SchedulerKind>,
    steps: usize,
    /// A's prompt, and where its words stand in it.
    asked: String,
    words: OneOf<Range<usize>>,
    weight: f32,
    skips: OneOf<Site>,
    blocks: OneOf<Site>,
    attentions: OneOf<Site>,
    prompt: String,
    negative_prompt: String,
    /// Open while a text is written without a keyboard of real keys.
    typing: Option<Keyboard>,
}

const MOST_WEIGHT: f32 = 3.0;

impl Row {
    pub const ALL: [Self; 13] = [
        Self::FromHere,
        Self::Guidance,
        Self::Seed,
        Self::Scheduler,
        Self::Steps,
        Self::Word,
        Self::Weight,
        Self::Skip,
        Self::Block,
        Self::Attention,
        Self::Prompt,
        Self::NegativePrompt,
        Self::Alone,
    ];

    /// The name of its name in `assets/text`, and of what a press does.
    fn keys(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::FromHere => ("what-if-row-from-here", None),
            Self::Guidance => ("what-if-row-guidance", Some("what-if-show")),
            Self::Seed => ("what-if-row-seed", Some("what-if-show")),
            Self::Scheduler => ("what-if-row-scheduler", Some("what-if-show")),
            Self::Steps => ("what-if-row-steps", Some("what-if-show")),
            Self::Word => ("what-if-row-word", Some("what-if-without")),
            Self::Weight => ("what-if-row-weight", Some("what-if-show")),
            Self::Skip => ("what-if-row-skip", Some("what-if-switch-off")),
            Self::Block => ("what-if-row-block", Some("what-if-switch-off")),
            Self::Attention => ("what-if-row-attention", Some("what-if-switch-off")),
            Self::Prompt => ("what-if-row-prompt", Some("what-if-show")),
            Self::NegativePrompt => ("what-if-row-negative-prompt", Some("what-if-show")),
            Self::Alone => ("what-if-row-alone", Some("what-if-alone")),
        }
    }
}

impl<T> OneOf<T> {
    fn new(things: Vec<T>) -> Self {
        Self { things, place: 0 }
    }

    fn chosen(&self) -> Option<&T> {
        self.things.get(self.place)
    }

    /// After the last comes the first.
    fn turn(&mut self, by: i32) {
        self.place = around(self.place, by, self.things.len());
    }
}

impl WhatIfRows {
    /// Starts from a run as it was resolved, with the parts of a model that can be switched off.
    pub fn new(a: &Generation, tokens: &Tokens, shape: &ModelShape) -> Self {
        let mut schedulers = OneOf::new(SchedulerKind::ALL.to_vec());
        let own = a.scheduler.unwrap_or(shape.scheduler);
        // A seed and a scheduler that are not A's: a press at once shows something.
        schedulers.place = schedulers.things.iter().position(|kind| *kind == own).unwrap_or(0);
        schedulers.turn(1);
        Self {
            row: Row::Guidance,
            from_here: false,
            guidance: a.guidance_scale.unwrap_or(shape.guidance_scale),
            seed: a.seed.wrapping_add(1),
            schedulers,
            steps: a.num_inference_steps.unwrap_or(shape.num_inference_steps),
            asked: a.prompt.clone(),
            words: OneOf::new(words(&a.prompt, tokens)),
            weight: 2.0,
            skips: sites(shape, |block| (0..block.resnets).map(Part::Skip).collect()),
            blocks: sites(shape, |_| vec![Part::Output]),
            attentions: sites(shape, |block| (0..block.transformers).map(Part::CrossAttention).collect()),
            prompt: a.prompt.clone(),
            negative_prompt: a.negative_prompt.clone(),
            typing: None,
        }
    }

    /// The rows that have something to choose.
    pub fn rows(&self) -> impl Iterator<Item = Row> {
        let is_empty = move |row: &Row| match row {
            Row::Word | Row::Weight => self.words.things.is_empty(),
            Row::Skip => self.skips.things.is_empty(),
            Row::Block => self.blocks.things.is_empty(),
            Row::Attention => self.attentions.things.is_empty(),
            _ => false,
        };
        Row::ALL.into_iter().filter(move |row| !is_empty(row))
    }

    /// Where the hand is.
    pub fn row(&self) -> Row {
        self.row
    }

    /// The keyboard on the screen, while it is open.
    pub fn typing(&self) -> Option<&Keyboard> {
        self.typing.as_ref()
    }

    /// Takes in what the visitor wants. `step`: the one on show, counted from 0.
    pub fn feed(&mut self, intent: Intent, step: usize) -> Option<Wish> {
        let (right, down) = match intent {
            Intent::Dial(notches) => (0, -notches),
            Intent::StepForward => (1, 0),
            Intent::StepBack => (-1, 0),
            Intent::Choose => {
                let Some(keyboard) = &mut self.typing else { return self.press(step) };
                let typed = keyboard.press();
                self.take_typed(typed);
                return None;
            }
            _ => return None,
        };
        match &mut self.typing {
            Some(keyboard) => keyboard.move_by(right, down),
            None if right == 0 => self.go(down),
            None => self.turn(right),
        }
        None
    }

    /// Goes so many rows down; after the last comes the first.
    fn go(&mut self, down: i32) {
        let rows: Vec<Row> = self.rows().collect();
        let here = rows.iter().position(|row| *row == self.row).unwrap_or(0);
        self.row = rows[around(here, down, rows.len())];
    }

    /// Turns the value of the row by so many notches; a text is opened for writing.
    fn turn(&mut self, notches: i32) {
        match self.row {
            Row::FromHere => self.from_here ^= notches % 2 != 0,
            Row::Guidance => self.guidance = (self.guidance + 0.5 * notches as f32).clamp(0.0, MOST_GUIDANCE),
            Row::Seed => self.seed = self.seed.wrapping_add_signed(i64::from(notches)),
            Row::Scheduler => self.schedulers.turn(notches),
            Row::Steps => self.steps = self.steps.saturating_add_signed(notches as isize).clamp(1, MOST_STEPS),
            Row::Word => self.words.turn(notches),
            Row::Weight => self.weight = (self.weight + 0.25 * notches as f32).clamp(0.0, MOST_WEIGHT),
            Row::Skip => self.skips.turn(notches),
            Row::Block => self.blocks.turn(notches),
            Row::Attention => self.attentions.turn(notches),
            Row::Prompt => self.typing = Some(Keyboard::of(&self.prompt)),
            Row::NegativePrompt => self.typing = Some(Keyboard::of(&self.negative_prompt)),
            Row::Alone => {}
        }
    }

    fn press(&mut self, step: usize) -> Option<Wish> {
        let change = match self.row {
            Row::FromHere => {
                self.from_here = !self.from_here;
                return None;
            }
            Row::Alone => return Some(Wish::Alone),
            Row::Guidance => Change::Guidance(self.guidance),
            Row::Seed => Change::Seed(self.seed),
            Row::Scheduler => Change::Scheduler(*self.schedulers.chosen()?),
            Row::Steps => Change::Steps(self.steps),
            Row::Word => Change::Prompt(self.without_word()),
            Row::Weight => Change::WordWeight { word: self.words.place, weight: self.weight },
            Row::Skip => Change::SwitchedOff(*self.skips.chosen()?),
            Row::Block => Change::SwitchedOff(*self.blocks.chosen()?),
            Row::Attention => Change::SwitchedOff(*self.attentions.chosen()?),
            Row::Prompt => Change::Prompt(self.prompt.clone()),
            Row::NegativePrompt => Change::NegativePrompt(self.negative_prompt.clone()),
        };
        Some(Wish::Beside(WhatIf { change, from_step: if self.from_here { step } else { 0 } }))
    }

    /// Closes the keyboard on the screen and keeps what stood there before; returns whether it was open.
    pub fn stop_typing(&mut self) -> bool {
        self.typing.take().is_some()
    }

    fn take_typed(&mut self, typed: Option<Typed>) {
        if typed != Some(Typed::Done) {
            return;
        }
        let Some(keyboard) = self.typing.take() else { return };
        let text = if self.row == Row::NegativePrompt { &mut self.negative_prompt } else { &mut self.prompt };
        *text = keyboard.text().to_string();
    }

    /// The chosen word as it was written.
    pub fn word(&self) -> &str {
        self.words.chosen().and_then(|word| self.asked.get(word.clone())).unwrap_or_default()
    }

    /// A's prompt without the chosen word.
    fn without_word(&self) -> String {
        let Some(word) = self.words.chosen() else { return self.asked.clone() };
        let rest = [self.asked.get(..word.start), self.asked.get(word.end..)].map(Option::unwrap_or_default).concat();
        rest.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",")
    }

    /// What is chosen in a row that is turned notch by notch.
    fn value(&self, row: Row, texts: &Texts) -> String {
        let name = |site: Option<&Site>| site.map_or_else(String::new, |site| site_name(*site, texts));
        match row {
            Row::Seed => self.seed.to_string(),
            Row::Scheduler => self.schedulers.chosen().map_or_else(String::new, |kind| texts.scheduler(*kind)),
            Row::Word => texts.say_with("what-if-word", &[("word", self.word().to_string())]),
            Row::Skip => name(self.skips.chosen()),
            Row::Block => name(self.blocks.chosen()),
            Row::Attention => name(self.attentions.chosen()),
            _ => String::new(),
        }
    }
}

fn around(place: usize, by: i32, count: usize) -> usize {
    (place as i64 + i64::from(by)).rem_euclid(count.max(1) as i64) as usize
}

/// The places of the UNet that can be switched off, of the blocks' parts that are asked for.
fn sites(shape: &ModelShape, parts: impl Fn(&BlockShape) -> Vec<Part>) -> OneOf<Site> {
    let of_block = |block: &BlockShape| parts(block).into_iter().map(|part| Site::Unet(block.block, part)).collect::<Vec<_>>();
    OneOf::new(shape.blocks.iter().flat_map(of_block).filter(|site| shape.can_switch_off(*site)).collect())
}

/// Where the words of a prompt stand in it, as the tokenizer tells them apart and as many as found a slot. A letter of a piece is a
/// byte of the prompt: that is how byte-pair encoding writes bytes.
fn words(prompt: &str, tokens: &Tokens) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut end = 0;
    for token in &tokens.slots {
        let Some(word) = token.word else { continue };
        if word >= words.len() {
            let rest = prompt.get(end..).unwrap_or_default();
            end += rest.len() - rest.trim_start().len();
            words.resize(word + 1, end..end);
        }
        end += text::piece(&token.piece).chars().count();
        words[word].end = end;
    }
    words
}

/// A place in the UNet as visitors read it: without what all places have in common.
fn site_name(site: Site, texts: &Texts) -> String {
    let Site::Unet(block, part) = site else { return site.to_string() };
    let block = block.to_string();
    let block = block.strip_prefix("unet.").unwrap_or(&block).to_string();
    let (key, place) = match part {
        Part::Skip(place) => ("what-if-skip", place),
        Part::CrossAttention(place) => ("what-if-attention", place),
        _ => return block,
    };
    texts.say_with(key, &[("block", block), ("place", (place + 1).to_string())])
}

/// The rows for the run on show.
#[derive(Resource, Clone, Debug, Default)]
pub struct Desk {
    rows: Option<WhatIfRows>,
    taken_from: Option<RunId>,
}

impl Desk {
    /// Closes the keyboard on the screen; returns whether it was open.
    pub(super) fn stop_typing(&mut self) -> bool {
        self.rows.as_mut().is_some_and(WhatIfRows::stop_typing)
    }
}

/// The step on show, counted from 0.
fn step_on_show(score: &Score, micros: i64) -> usize {
    match score.moment(micros) {
        Moment::Prologue(_) => 0,
        Moment::Lap { step, .. } => step,
        Moment::Epilogue(_) => score.steps.saturating_sub(1),
    }
}

fn wanted(wish: Wish, a: &Generation) -> PaintBeside {
    match wish {
        Wish::Beside(what_if) => PaintBeside(Some(what_if.applied_to(a))),
        Wish::Alone => PaintBeside(None),
    }
}

/// Moves the hand over the rows while the panel is open.
pub(super) fn work(
    mut intents: MessageReader<Intent>,
    hall: Option<Res<Hall>>,
    run: Res<Run>,
    panels: Res<Panels>,
    time: Res<TourTime>,
    mut desk: ResMut<Desk>,
    mut wishes: MessageWriter<PaintBeside>,
) {
    if let (Some(hall), Some(started)) = (&hall, &run.started)
        && desk.taken_from != Some(run.id)
    {
        desk.rows = Some(WhatIfRows::new(&started.generation, &started.tokens, &hall.shape));
        desk.taken_from = Some(run.id);
    }
    for intent in intents.read().filter(|_| panels.what_if && !panels.leaving) {
        let (Some(hall), Some(started), Some(rows)) = (&hall, &run.started, &mut desk.rows) else { continue };
        let step = step_on_show(&hall.score(&run), time.micros);
        if let Some(wish) = rows.feed(*intent, step) {
            wishes.write(wanted(wish, &started.generation));
        }
    }
}

const WIDTH: f32 = 980.0;
const NAME: f32 = 220.0;
const BUTTON: egui::Vec2 = egui::vec2(180.0, 46.0);
const ARROW: egui::Vec2 = egui::vec2(64.0, 46.0);

pub(super) fn show(
    mut contexts: EguiContexts,
    hall: Option<Res<Hall>>,
    lanes: Lanes,
    texts: Res<Texts>,
    time: Res<TourTime>,
    (device, one_stick): (Res<LastDevice>, Res<OneStick>),
    mut panels: ResMut<Panels>,
    mut desk: ResMut<Desk>,
    mut wishes: MessageWriter<PaintBeside>,
    mut seen: Local<Option<Row>>,
) -> Result {
    if !panels.what_if {
        *seen = None;
        return Ok(());
    }
    let (Some(hall), Some(started), Some(rows)) = (hall, &lanes.a().started, &mut desk.rows) else { return Ok(()) };
    let step = step_on_show(&hall.score(lanes.a()), time.micros);
    let context = contexts.ctx_mut()?;
    let height = (context.content_rect().height() - timeline::HEIGHT - 300.0).max(200.0);
    let (mut wish, mut close) = (None, false);
    let real_keys = *device == LastDevice::Keyboard && !one_stick.on;
    egui::Area::new("what-if".into()).anchor(Align2::LEFT_TOP, [40.0, 40.0]).show(context, |ui| {
        panel(ui, WIDTH, |ui| {
            ui.horizontal(|ui| {
                ui.label(RichText::new(texts.say("what-if-title")).font(semi_bold(HEADING)));
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    close = ui.add(egui::Button::new(texts.say("what-if-close")).min_size(BUTTON)).clicked();
                });
            });
            say_difference(ui, &lanes, &started.tokens, &texts);
            let typed = rows.typing.as_mut().and_then(|keyboard| show_keyboard(ui, keyboard, &texts, real_keys));
            if typed.is_some() {
                rows.take_typed(typed);
            }
            if rows.typing.is_some() {
                return;
            }
            ui.spacing_mut().item_spacing.y = 4.0;
            egui::ScrollArea::vertical().max_height(height).auto_shrink([false, true]).show(ui, |ui| {
                for row in rows.rows().collect::<Vec<_>>() {
                    let (pressed, response) = show_row(ui, rows, row, step, &texts);
                    if pressed {
                        rows.row = row;
                        wish = rows.press(step);
                    }
                    // Only a move of the pad or the keys scrolls.
                    if rows.row == row && *seen != Some(row) {
                        response.scroll_to_me(None);
                    }
                }
            });
            *seen = Some(rows.row);
        });
    });
    if let Some(wish) = wish {
        wishes.write(wanted(wish, &started.generation));
    }
    if close {
        rows.stop_typing();
        panels.what_if = false;
    }
    Ok(())
}

/// ● A and ■ B, and in one sentence what differs now.
fn say_difference(ui: &mut egui::Ui, lanes: &Lanes, tokens: &Tokens, texts: &Texts) {
    let sentence = match (lanes.pair(), &lanes.a().started) {
        (Some(pair), Some(a)) => {
            let b = pair.b.started.as_ref().map_or(&pair.generation, |started| &started.generation);
            let differences = difference(&a.generation, b, tokens, texts);
            match differences.is_empty() {
                true => texts.say("what-if-same"),
                false => texts.say_with("what-if-differs", &[("what", differences.join(" · "))]),
            }
        }
        _ => texts.say("what-if-alone-now"),
    };
    ui.horizontal_wrapped(|ui| {
        lane_mark(ui, false);
        ui.label(RichText::new("A").font(semi_bold(SMALL)).color(colour(theme::TRACK_A)));
        if lanes.pair().is_some() {
            lane_mark(ui, true);
            ui.label(RichText::new("B").font(semi_bold(SMALL)).color(colour(theme::TRACK_B)));
        }
        ui.label(RichText::new(sentence).size(SMALL));
    });
}

/// ● or ■, drawn: no font has both in one size.
fn lane_mark(ui: &mut egui::Ui, is_b: bool) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(22.0, 22.0), Sense::hover());
    if is_b {
        let square = egui::Rect::from_center_size(rect.center(), egui::vec2(17.0, 17.0));
        ui.painter().rect_filled(square, CornerRadius::ZERO, colour(theme::TRACK_B));
    } else {
        ui.painter().circle_filled(rect.center(), 9.5, colour(theme::TRACK_A));
    }
}

/// A row: where the hand is, it has a heavy frame and a pointer. Returns whether it was pressed.
fn show_row(ui: &mut egui::Ui, rows: &mut WhatIfRows, row: Row, step: usize, texts: &Texts) -> (bool, egui::Response) {
    let here = rows.row == row;
    let (fill, edge) = if here { (field(ui), colour(theme::INK)) } else { (Color32::TRANSPARENT, Color32::TRANSPARENT) };
    let frame = egui::Frame::new().fill(fill).stroke(Stroke::new(3.0, edge)).corner_radius(CornerRadius::same(6));
    let (name, press) = row.keys();
    let mut pressed = false;
    let shown = frame.inner_margin(Margin::symmetric(8, 3)).show(ui, |ui| {
        ui.horizontal(|ui| {
            let (mark, _) = ui.allocate_exact_size(egui::vec2(16.0, BUTTON.y), Sense::hover());
            if here {
                let at = |x: f32, y: f32| mark.center() + egui::vec2(x, y);
                let triangle = vec![at(8.0, 0.0), at(-6.0, -9.0), at(-6.0, 9.0)];
                ui.painter().add(egui::Shape::convex_polygon(triangle, colour(theme::INK), Stroke::NONE));
            }
            ui.allocate_ui_with_layout(egui::vec2(NAME, BUTTON.y), Layout::left_to_right(Align::Center), |ui| {
                ui.set_min_width(NAME);
                aside(ui, texts.say(name));
            });
            pressed = show_control(ui, rows, row, step, texts);
            if let Some(press) = press {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    let button = egui::Button::new(RichText::new(texts.say(press)).size(SMALL)).min_size(BUTTON);
                    pressed |= ui.add(button).clicked();
                });
            }
        });
        let about = match row {
            Row::FromHere if rows.from_here => texts.say("what-if-from-here-about"),
            Row::Weight if here => texts.say_with("what-if-weight", &[("word", rows.word().to_string())]),
            _ => return,
        };
        aside(ui, about);
    });
    (pressed, shown.response)
}

/// What turns the value of a row; returns whether it asks for the run at once, as a lever does when it is let go.
fn show_control(ui: &mut egui::Ui, rows: &mut WhatIfRows, row: Row, step: usize, texts: &Texts) -> bool {
    let response = match row {
        Row::FromHere => {
            let words = texts.say_with("what-if-from-here", &[("step", (step + 1).to_string())]);
            ui.checkbox(&mut rows.from_here, RichText::new(words).size(SMALL))
        }
        Row::Guidance => ui.add(egui::Slider::new(&mut rows.guidance, 0.0..=MOST_GUIDANCE)),
        Row::Weight => ui.add(egui::Slider::new(&mut rows.weight, 0.0..=MOST_WEIGHT)),
        Row::Steps => ui.add(egui::Slider::new(&mut rows.steps, 1..=MOST_STEPS)),
        Row::Prompt | Row::NegativePrompt => {
            let text = if row == Row::Prompt { &mut rows.prompt } else { &mut rows.negative_prompt };
            let width = ui.available_width() - BUTTON.x - 20.0;
            ui.add(egui::TextEdit::singleline(text).desired_width(width).margin(Margin::symmetric(12, 8)))
        }
        Row::Seed | Row::Scheduler | Row::Word | Row::Skip | Row::Block | Row::Attention => {
            let value = rows.value(row, texts);
            if let Some(notches) = stepper(ui, &value) {
                rows.row = row;
                rows.turn(notches);
            }
            return false;
        }
        Row::Alone => return false,
    };
    if response.changed() || response.gained_focus() {
        rows.row = row;
    }
    matches!(row, Row::Guidance | Row::Weight) && response.drag_stopped()
}

/// Back, what is chosen, on; returns the notch that was pressed.
fn stepper(ui: &mut egui::Ui, value: &str) -> Option<i32> {
    let arrow = |ui: &mut egui::Ui, sign: &str| ui.add(egui::Button::new(sign).min_size(ARROW)).clicked();
    let back = arrow(ui, "‹");
    let on = arrow(ui, "›");
    ui.label(value);
    match (back, on) {
        (true, _) => Some(-1),
        (_, true) => Some(1),
        _ => None,
    }
}
