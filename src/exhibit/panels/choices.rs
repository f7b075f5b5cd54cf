//! The choices: prompt, seed, steps, guidance and scheduler of the next run, and which tour is walked.

use bevy::prelude::*;
use bevy_egui::egui::{self, Align2, RichText};
use bevy_egui::input::EguiInputEvent;
use bevy_egui::{EguiContexts, PrimaryEguiContext};
use bridge::{Generation, SchedulerKind};

use super::Panels;
use super::style::{BODY, HEADING, SMALL, aside, colour, panel, semi_bold};
use crate::camera::Comfort;
use crate::input::{Intent, LastDevice, OneStick};
use crate::lever::MOST_GUIDANCE;
use crate::nodes::Hall;
use crate::nodes::label::format_number;
use crate::state::{Paint, Run};
use crate::text::{self, Texts};
use crate::theme;
use crate::tour::{Guide, Routes};

/// What the visitor has written and not yet asked for.
#[derive(Resource, Clone, Debug, Default)]
pub(super) struct Draft {
    generation: Generation,
    steps: usize,
    guidance_scale: f32,
    scheduler: SchedulerKindOrDefault,
    /// The run that the draft was last taken from.
    taken_from: Option<u64>,
}

/// A scheduler, or the one that the model came with.
type SchedulerKindOrDefault = Option<SchedulerKind>;

const FIELD_MARGIN: egui::Margin = egui::Margin::symmetric(12, 8);
pub(super) const MOST_STEPS: usize = 100;

impl Draft {
    /// Starts from what is on show.
    fn take(&mut self, run: &Run) {
        let Some(started) = run.started.as_ref().filter(|_| self.taken_from != Some(run.id.0)) else { return };
        self.generation = started.generation.clone();
        self.steps = started.generation.num_inference_steps.unwrap_or(run.step_count());
        self.guidance_scale = started.guidance_scale;
        self.scheduler = started.generation.scheduler;
        self.taken_from = Some(run.id.0);
    }

    fn asked(&self) -> Generation {
        Generation {
            num_inference_steps: Some(self.steps.max(1)),
            guidance_scale: Some(self.guidance_scale),
            scheduler: self.scheduler,
            ..self.generation.clone()
        }
    }
}

/// Where no keyboard is at hand, a pad goes from field to field: up and down lead to the next, left and right change it.
pub(super) fn steer(
    mut intents: MessageReader<Intent>,
    panels: Res<Panels>,
    (device, one_stick): (Res<LastDevice>, Res<OneStick>),
    contexts: Query<Entity, With<PrimaryEguiContext>>,
    mut inputs: MessageWriter<EguiInputEvent>,
) {
    let is_steered = panels.choices && (*device == LastDevice::Gamepad || one_stick.on);
    for intent in intents.read().filter(|_| is_steered) {
        let (key, modifiers) = match intent {
            Intent::Dial(notches) if *notches < 0 => (egui::Key::Tab, egui::Modifiers::NONE),
            Intent::Dial(_) => (egui::Key::Tab, egui::Modifiers::SHIFT),
            Intent::StepForward => (egui::Key::ArrowRight, egui::Modifiers::NONE),
            Intent::StepBack => (egui::Key::ArrowLeft, egui::Modifiers::NONE),
            Intent::Choose => (egui::Key::Enter, egui::Modifiers::NONE),
            _ => continue,
        };
        for context in &contexts {
            for pressed in [true, false] {
                let event = egui::Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
                inputs.write(EguiInputEvent { context, event });
            }
        }
    }
}

pub(super) fn show(
    mut contexts: EguiContexts,
    hall: Option<Res<Hall>>,
    run: Res<Run>,
    texts: Res<Texts>,
    mut panels: ResMut<Panels>,
    (mut routes, mut guide): (ResMut<Routes>, ResMut<Guide>),
    (mut one_stick, mut comfort): (ResMut<OneStick>, ResMut<Comfort>),
    mut draft: ResMut<Draft>,
    mut wishes: MessageWriter<Paint>,
) -> Result {
    let Some(hall) = hall.filter(|_| panels.choices) else { return Ok(()) };
    draft.take(&run);
    let context = contexts.ctx_mut()?;
    egui::Area::new("choices".into()).anchor(Align2::LEFT_TOP, [40.0, 40.0]).show(context, |ui| {
        panel(ui, 820.0, |ui| {
            ui.spacing_mut().slider_width = 230.0;
            ui.label(RichText::new(texts.say("choices-title")).font(semi_bold(HEADING)));
            let draft = &mut *draft;
            let name = |ui: &mut egui::Ui, key: &str| aside(ui, texts.say(key));
            name(ui, "choices-prompt");
            let prompt = egui::TextEdit::multiline(&mut draft.generation.prompt).desired_rows(2).desired_width(f32::INFINITY);
            ui.add(prompt.margin(FIELD_MARGIN).text_color(colour(theme::TEXT)));
            name(ui, "choices-negative");
            let negative = egui::TextEdit::singleline(&mut draft.generation.negative_prompt).desired_width(f32::INFINITY);
            ui.add(negative.margin(FIELD_MARGIN));
            ui.horizontal_wrapped(|ui| {
                name(ui, "choices-seed");
                ui.add(egui::DragValue::new(&mut draft.generation.seed).speed(0.2));
                if ui.button(texts.say("choices-next-seed")).clicked() {
                    draft.generation.seed = draft.generation.seed.wrapping_add(1);
                }
            });
            ui.horizontal_wrapped(|ui| {
                name(ui, "choices-steps");
                ui.add(egui::Slider::new(&mut draft.steps, 1..=MOST_STEPS));
            });
            ui.horizontal_wrapped(|ui| {
                name(ui, "choices-guidance");
                ui.add(egui::Slider::new(&mut draft.guidance_scale, 0.0..=MOST_GUIDANCE).step_by(0.5));
            });
            ui.horizontal_wrapped(|ui| {
                name(ui, "choices-scheduler");
                let chosen = draft.scheduler.unwrap_or(hall.shape.scheduler);
                egui::ComboBox::from_id_salt("scheduler").selected_text(texts.scheduler(chosen)).show_ui(ui, |ui| {
                    for kind in SchedulerKind::ALL {
                        ui.selectable_value(&mut draft.scheduler, Some(kind), texts.scheduler(kind));
                    }
                });
            });
            let paint = RichText::new(texts.say("choices-paint")).font(semi_bold(BODY)).color(colour(theme::VOID));
            if ui.add_sized([240.0, 54.0], egui::Button::new(paint).fill(colour(theme::LATENT))).clicked() {
                wishes.write(Paint(draft.asked()));
            }
            ui.horizontal_wrapped(|ui| {
                let small = |key: &str| RichText::new(texts.say(key)).size(SMALL);
                if ui.button(small("choices-what-if")).clicked() {
                    (panels.choices, panels.what_if) = (false, true);
                }
                if ui.button(small("choices-words")).clicked() {
                    (panels.choices, panels.words) = (false, true);
                }
                if ui.button(small("choices-keep")).clicked() {
                    (panels.choices, panels.keep) = (false, true);
                }
                let mut taken = None;
                for (place, route) in routes.all.iter().enumerate() {
                    if ui.button(small(&route.name)).clicked() {
                        taken = Some((place, route.clone().through(&hall.shape)));
                    }
                }
                if let Some((place, route)) = taken {
                    if let Some(first) = route.stops.first() {
                        guide.call(first.stop);
                    }
                    (routes.chosen, panels.choices) = (place, false);
                }
            });
            ui.checkbox(&mut one_stick.on, RichText::new(texts.say("choices-one-stick")).size(SMALL));
            let mut wish = *comfort;
            ui.checkbox(&mut wish.calm, RichText::new(texts.say("choices-calm")).size(SMALL));
            ui.checkbox(&mut wish.contrast, RichText::new(texts.say("choices-contrast")).size(SMALL));
            comfort.set_if_neq(wish);
            ui.separator();
            let model = [
                ("name", hall.shape.name.clone()),
                ("parameters", text::count(hall.shape.parameters)),
                ("device", hall.device.clone()),
            ];
            let about = [
                texts.say_with("hall-model", &model),
                match run.steps.last() {
                    Some(step) => texts.say_with("choices-speed", &[("seconds", format_number(step.seconds))]),
                    None => texts.say("timeline-waiting"),
                },
            ];
            for line in about {
                aside(ui, line);
            }
        });
    });
    Ok(())
}
