//! “Words”: what is to be painted, from a card, from the word wheel or in the visitor's own words.

use bevy::log::error;
use bevy::prelude::*;
use bevy_egui::EguiContexts;
use bevy_egui::egui::{self, Align, Align2, Label, Layout, RichText};
use bridge::{Generation, Intervention, ModelShape, RunId};

use super::Panels;
use super::style::{BODY, HEADING, SMALL, aside, colour, panel, semi_bold};
use super::words::{show_cards, show_keyboard, show_wheel};
use crate::input::{Intent, LastDevice, OneStick};
use crate::nodes::Hall;
use crate::state::{Paint, PaintBeside, Run};
use crate::stop::Stop;
use crate::text::Texts;
use crate::theme;
use crate::tour::Guide;
use crate::words::{Cards, Choice, Keyboard, Take, Typed, Wheel};

/// A page of the panel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    #[default]
    Cards,
    Wheel,
    Keyboard,
}

impl Page {
    /// The name of its name in `assets/text`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Cards => "words-page-cards",
            Self::Wheel => "words-page-wheel",
            Self::Keyboard => "words-page-keyboard",
        }
    }
}

/// The words that are to be painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub prompt: String,
    /// B's prompt, if both prompts of a card are taken.
    pub beside: Option<String>,
    /// A card's; otherwise the seed stays.
    pub seed: Option<u64>,
}

impl Asked {
    /// The present run in other words, without a hand in the machine: A, and what is painted beside it.
    pub fn applied_to(&self, present: &Generation) -> (Generation, Option<Generation>) {
        let seed = self.seed.unwrap_or(present.seed);
        let said = |prompt: &str| Generation {
            prompt: prompt.to_string(),
            seed,
            intervention: Intervention::default(),
            branch: None,
            ..present.clone()
        };
        (said(&self.prompt), self.beside.as_deref().map(said))
    }
}

/// The pages, and where the hand is on each.
#[derive(Resource, Clone, Debug, PartialEq)]
pub struct PromptDesk {
    pub page: Page,
    pub choice: Choice,
    pub wheel: Wheel,
    pub keyboard: Keyboard,
    pages: Vec<Page>,
    cards: Cards,
    /// The last run that has begun.
    present: Option<Generation>,
}

impl Default for PromptDesk {
    fn default() -> Self {
        Self {
            page: Page::default(),
            choice: Choice::default(),
            wheel: Wheel::of(""),
            keyboard: Keyboard::of(""),
            pages: vec![Page::Keyboard],
            cards: Cards::default(),
            present: None,
        }
    }
}

/// Slots of Stable Diffusion's context. A model with fewer has learnt the painter's grammar, which the wheel speaks.
const CONTEXT: usize = 77;

impl PromptDesk {
    /// Goes on from a prompt with what suits the model; page and card stay.
    pub fn begin(&mut self, shape: &ModelShape, prompt: &str) {
        self.cards = Cards::suited_to(shape).unwrap_or_else(|problem| {
            error!("{problem}");
            Cards::default()
        });
        if self.choice.card >= self.cards.cards.len() {
            self.choice = Choice::default();
        }
        let prompt = prompt.replace('\n', " ");
        (self.wheel, self.keyboard) = (Wheel::of(&prompt), Keyboard::of(&prompt));
        let is_there = |page: &Page| match page {
            Page::Cards => !self.cards.cards.is_empty(),
            Page::Wheel => shape.tokens < CONTEXT,
            Page::Keyboard => true,
        };
        self.pages = [Page::Cards, Page::Wheel, Page::Keyboard].into_iter().filter(is_there).collect();
        if !self.pages.contains(&self.page) {
            self.turn_page(0);
        }
    }

    /// The pages that there are for the model.
    pub fn pages(&self) -> &[Page] {
        &self.pages
    }

    /// Takes in what the visitor wants.
    pub fn feed(&mut self, intent: Intent) -> Option<Asked> {
        let (right, down) = match intent {
            Intent::StepForward => (1, 0),
            Intent::StepBack => (-1, 0),
            Intent::Dial(notches) => (0, -notches),
            Intent::NextStop | Intent::PreviousStop => {
                self.turn_page(if intent == Intent::NextStop { 1 } else { -1 });
                return None;
            }
            Intent::Walk { direction, .. } if self.page == Page::Wheel => {
                self.wheel.point(Vec2::new(direction.x, direction.z));
                return None;
            }
            Intent::Choose if self.page == Page::Keyboard => {
                let typed = self.keyboard.press();
                return self.asked().filter(|_| typed == Some(Typed::Done));
            }
            Intent::Choose => return self.asked(),
            _ => return None,
        };
        match self.page {
            Page::Cards => self.choice = self.choice.moved_by(right, down, &self.cards),
            Page::Wheel => {
                self.wheel.turn_ring(right);
                self.wheel.turn(down);
            }
            Page::Keyboard => self.keyboard.move_by(right, down),
        }
        None
    }

    /// After the last page comes the first.
    fn turn_page(&mut self, by: i32) {
        let count = self.pages.len().max(1) as i32;
        let here = self.pages.iter().position(|page| *page == self.page).unwrap_or(0) as i32;
        self.page = self.pages.get((here + by).rem_euclid(count) as usize).copied().unwrap_or_default();
    }

    /// What the page says. `None` on a page of cards without cards.
    pub fn asked(&self) -> Option<Asked> {
        let alone = |prompt: &str| Asked { prompt: prompt.to_string(), beside: None, seed: None };
        Some(match self.page {
            Page::Cards => {
                let card = self.cards.cards.get(self.choice.card)?;
                let (prompt, beside) = match self.choice.take {
                    Take::A => (&card.a, None),
                    Take::B => (&card.b, None),
                    Take::Both => (&card.a, Some(card.b.clone())),
                };
                Asked { beside, seed: Some(card.seed), ..alone(prompt) }
            }
            Page::Wheel => alone(&self.wheel.sentence()),
            Page::Keyboard => alone(self.keyboard.text().trim()),
        })
    }
}

fn ask(asked: &Asked, present: &Generation, paints: &mut MessageWriter<Paint>, besides: &mut MessageWriter<PaintBeside>) {
    let (a, b) = asked.applied_to(present);
    paints.write(Paint(a));
    if b.is_some() {
        besides.write(PaintBeside(b));
    }
}

/// How the panel stands between two frames.
#[derive(Default)]
pub(super) struct Opened {
    /// The desk has gone on from the present prompt.
    has_begun: bool,
    /// Something has been asked for.
    is_done: bool,
}

/// Opens the panel in front of the words, and moves the hand over it while it is open.
pub(super) fn work(
    mut intents: MessageReader<Intent>,
    hall: Option<Res<Hall>>,
    run: Res<Run>,
    guide: Res<Guide>,
    mut panels: ResMut<Panels>,
    mut desk: ResMut<PromptDesk>,
    (mut paints, mut besides): (MessageWriter<Paint>, MessageWriter<PaintBeside>),
    (mut opened, mut taken_from): (Local<Opened>, Local<Option<RunId>>),
) {
    if let Some(started) = run.started.as_ref().filter(|_| *taken_from != Some(run.id)) {
        desk.present = Some(started.generation.clone());
        *taken_from = Some(run.id);
    }
    // A frame later, so that in the hall nobody takes the same press for their own.
    if std::mem::take(&mut opened.is_done) {
        panels.words = false;
    }
    let (Some(hall), Some(present)) = (hall, desk.present.clone()) else { return };
    let is_leaving = panels.leaving;
    for intent in intents.read().filter(|_| !is_leaving) {
        if !panels.words {
            let is_free = !panels.in_hand();
            if is_free && *intent == Intent::Choose && guide.at == Some(Stop::Words) {
                panels.words = true;
            }
        } else if opened.has_begun
            && !opened.is_done
            && let Some(asked) = desk.feed(*intent)
        {
            ask(&asked, &present, &mut paints, &mut besides);
            opened.is_done = true;
        }
    }
    if panels.words && !opened.has_begun {
        desk.begin(&hall.shape, &present.prompt);
    }
    opened.has_begun = panels.words;
}

const WIDTH: f32 = 1000.0;
const BUTTON: egui::Vec2 = egui::vec2(150.0, 46.0);

pub(super) fn show(
    mut contexts: EguiContexts,
    texts: Res<Texts>,
    (device, one_stick): (Res<LastDevice>, Res<OneStick>),
    mut panels: ResMut<Panels>,
    mut desk: ResMut<PromptDesk>,
    (mut paints, mut besides): (MessageWriter<Paint>, MessageWriter<PaintBeside>),
) -> Result {
    let desk = &mut *desk;
    let Some(present) = desk.present.clone().filter(|_| panels.words) else { return Ok(()) };
    let (mut asked, mut close) = (None, false);
    let real_keys = *device == LastDevice::Keyboard && !one_stick.on;
    egui::Area::new("prompts".into()).anchor(Align2::LEFT_TOP, [40.0, 40.0]).show(contexts.ctx_mut()?, |ui| {
        panel(ui, WIDTH, |ui| {
            close = show_pages(ui, desk, &texts);
            match desk.page {
                Page::Cards => {
                    if let Some(choice) = show_cards(ui, &desk.cards, desk.choice, &texts) {
                        desk.choice = choice;
                        asked = desk.asked();
                    }
                }
                Page::Wheel => desk.wheel = show_wheel(ui, &desk.wheel, &texts).unwrap_or(desk.wheel),
                Page::Keyboard => {
                    let typed = show_keyboard(ui, &mut desk.keyboard, &texts, real_keys);
                    asked = desk.asked().filter(|_| typed == Some(Typed::Done));
                }
            }
            ui.horizontal(|ui| {
                let paint = RichText::new(texts.say("choices-paint")).font(semi_bold(BODY)).color(colour(theme::VOID));
                if ui.add(egui::Button::new(paint).fill(colour(theme::LATENT)).min_size(BUTTON)).clicked() {
                    asked = desk.asked();
                }
                let said = desk.asked().map_or_else(String::new, |asked| chosen(&asked, &present, &texts));
                let said = Label::new(RichText::new(said).size(SMALL));
                // Prompts of cards are short; the other pages have the whole sentence above.
                ui.add(if desk.page == Page::Cards { said.wrap() } else { said.truncate() });
            });
            let hint = match *device {
                _ if one_stick.on => "words-turn-one-stick",
                LastDevice::Gamepad => "words-turn-gamepad",
                LastDevice::Keyboard => "words-turn-keyboard",
                LastDevice::Touch => return,
            };
            aside(ui, texts.say(hint));
        });
    });
    if let Some(asked) = &asked {
        ask(asked, &present, &mut paints, &mut besides);
    }
    if asked.is_some() || close {
        panels.words = false;
    }
    Ok(())
}

/// The title, the pages by their names, and the way out; returns whether that was pressed.
fn show_pages(ui: &mut egui::Ui, desk: &mut PromptDesk, texts: &Texts) -> bool {
    ui.horizontal(|ui| {
        ui.label(RichText::new(texts.say("words-title")).font(semi_bold(HEADING)));
        for page in desk.pages.clone() {
            let here = page == desk.page;
            let name = RichText::new(texts.say(page.key()));
            let name = if here { name.font(semi_bold(BODY)) } else { name };
            if ui.add(egui::Button::new(name).selected(here).min_size(BUTTON)).clicked() {
                desk.page = page;
            }
        }
        let close = egui::Button::new(texts.say("words-close")).min_size(BUTTON);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.add(close).clicked()).inner
    })
    .inner
}

/// What is chosen, in one sentence.
fn chosen(asked: &Asked, present: &Generation, texts: &Texts) -> String {
    let seed = ("seed", asked.seed.unwrap_or(present.seed).to_string());
    match &asked.beside {
        Some(b) => texts.say_with("words-chosen-both", &[("a", asked.prompt.clone()), ("b", b.clone()), seed]),
        None => texts.say_with("words-chosen", &[("prompt", asked.prompt.clone()), seed]),
    }
}
