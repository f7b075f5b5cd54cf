//! The look of the panels: the hall's colours and type, as large as the screen asks for.

use bevy::prelude::*;
use bevy_egui::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, RichText, Stroke, TextStyle,
};
use bevy_egui::{EguiContext, EguiContexts, PrimaryEguiContext};

use super::timeline;
use crate::camera::Comfort;
use crate::input::LastDevice;
use crate::nodes::label::{REGULAR, SEMI_BOLD};
use crate::theme;

/// Sizes of type on a screen of 1080 lines.
pub(super) const HEADING: f32 = 40.0;
pub(super) const BODY: f32 = 28.0;
pub(super) const SMALL: f32 = 22.0;
/// On a phone or tablet small type is then 12 points high, body 15.
const LEAST_ZOOM_IN_HAND: f32 = 0.55;

/// The family of headings.
pub(super) fn semi_bold(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name("semi-bold".into()))
}

pub(super) fn colour(colour: Srgba) -> Color32 {
    let [red, green, blue, alpha] = colour.to_u8_array();
    Color32::from_rgba_unmultiplied(red, green, blue, alpha)
}

/// A card on which text can be read whatever is behind it.
pub(super) fn card(ui: &egui::Ui) -> egui::Frame {
    egui::Frame::new()
        .fill(ui.visuals().window_fill)
        .stroke(ui.visuals().window_stroke)
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::symmetric(28, 20))
}

/// The ground of a button, a field or a bar.
pub(super) fn field(ui: &egui::Ui) -> Color32 {
    ui.visuals().widgets.inactive.bg_fill
}

/// A line of small type that stands back behind what it is about.
pub(super) fn aside(ui: &mut egui::Ui, text: impl Into<String>) {
    ui.label(RichText::new(text).size(SMALL).weak());
}

/// Makes everything as large as the screen asks for. What is touched is held in a hand and smaller than what hangs on a wall: there,
/// type does not shrink with it.
pub(super) fn fit_screen(
    mut contexts: EguiContexts,
    device: Res<LastDevice>,
    cameras: Query<&Camera, With<PrimaryEguiContext>>,
) -> Result {
    if let Some(size) = cameras.iter().find_map(|camera| camera.logical_viewport_size()) {
        // On a narrow screen the width decides.
        let lines = size.y.min(size.x * 0.75);
        let least = if *device == LastDevice::Touch { LEAST_ZOOM_IN_HAND } else { 0.3 };
        contexts.ctx_mut()?.set_zoom_factor((lines / 1080.0).clamp(least, 4.0));
    }
    Ok(())
}

/// A card of this width, as far as the screen is that wide; what does not fit its height, above the timeline, is scrolled.
pub(super) fn panel<R>(ui: &mut egui::Ui, width: f32, content: impl FnOnce(&mut egui::Ui) -> R) -> R {
    let room = ui.ctx().content_rect().size();
    let height = (room.y - timeline::HEIGHT - 112.0).max(200.0);
    // An area by itself is 400 high.
    ui.set_max_height(height + 60.0);
    let card = card(ui).show(ui, |ui| {
        let area = egui::ScrollArea::vertical().max_height(height);
        let scrolled = area.show(ui, |ui| {
            ui.set_width(width.min(room.x - 136.0));
            content(ui)
        });
        scrolled.inner
    });
    card.inner
}

/// Sets type and colours of a new context before it is first drawn, and its colours again when the visitor wants others.
pub(super) fn dress(comfort: Res<Comfort>, mut contexts: Query<&mut EguiContext>) {
    for mut context in &mut contexts {
        let is_new = context.is_added();
        if !is_new && !comfort.is_changed() {
            continue;
        }
        let context = context.get_mut();
        if is_new {
            context.set_fonts(fonts());
            context.set_theme(egui::Theme::Dark);
        }
        context.all_styles_mut(|style| set_style(style, Colours::of(*comfort)));
    }
}

/// What panels are drawn in, beside the colours that mean something.
struct Colours {
    ground: Srgba,
    field: Srgba,
    edge: Srgba,
    ink: Srgba,
    /// Of what stands back.
    soft: Srgba,
}

impl Colours {
    fn of(comfort: Comfort) -> Self {
        if comfort.contrast {
            Self { ground: Srgba::BLACK, field: Srgba::BLACK, edge: theme::INK_SOFT, ink: Srgba::WHITE, soft: Srgba::WHITE }
        } else {
            Self { ground: theme::PANEL, field: theme::FIELD, edge: theme::EDGE, ink: theme::INK, soft: theme::INK_SOFT }
        }
    }
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let semi_bold = FontFamily::Name("semi-bold".into());
    fonts.font_data.insert("inter".into(), FontData::from_static(REGULAR).into());
    fonts.font_data.insert("inter-semi-bold".into(), FontData::from_static(SEMI_BOLD).into());
    let fallback = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let with_fallback = |first: &str| [first.to_string()].into_iter().chain(fallback.clone()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, with_fallback("inter"));
    fonts.families.insert(semi_bold, with_fallback("inter-semi-bold"));
    fonts
}

fn set_style(style: &mut egui::Style, colours: Colours) {
    let proportional = |size: f32| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Small, proportional(SMALL)),
        (TextStyle::Body, proportional(BODY)),
        (TextStyle::Button, proportional(BODY)),
        (TextStyle::Monospace, proportional(BODY)),
        (TextStyle::Heading, proportional(HEADING)),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(14.0, 12.0);
    style.spacing.button_padding = egui::vec2(16.0, 8.0);
    style.spacing.interact_size = egui::vec2(52.0, 44.0);
    style.spacing.slider_width = 330.0;
    (style.spacing.icon_width, style.spacing.icon_width_inner, style.spacing.icon_spacing) = (28.0, 18.0, 12.0);
    style.spacing.combo_width = 220.0;
    let visuals = &mut style.visuals;
    *visuals = egui::Visuals::dark();
    visuals.override_text_color = Some(colour(colours.ink));
    visuals.weak_text_color = Some(colour(colours.soft));
    visuals.panel_fill = colour(colours.ground);
    visuals.window_fill = colour(colours.ground);
    visuals.window_stroke = Stroke::new(1.5, colour(colours.edge));
    visuals.extreme_bg_color = colour(theme::VOID);
    visuals.selection.bg_fill = colour(theme::dimmed(theme::LATENT, 0.45));
    visuals.selection.stroke = Stroke::new(2.0, colour(theme::LATENT));
    let corner = CornerRadius::same(6);
    let widgets = &mut visuals.widgets;
    for (widget, fill, edge) in [
        (&mut widgets.noninteractive, colours.ground, colours.edge),
        (&mut widgets.inactive, colours.field, colours.edge),
        (&mut widgets.hovered, theme::dimmed(theme::LATENT, 0.22), theme::LATENT),
        (&mut widgets.active, theme::dimmed(theme::LATENT, 0.35), theme::LATENT),
        (&mut widgets.open, colours.field, theme::LATENT),
    ] {
        widget.bg_fill = colour(fill);
        widget.weak_bg_fill = colour(fill);
        widget.bg_stroke = Stroke::new(1.5, colour(edge));
        widget.fg_stroke = Stroke::new(2.0, colour(colours.ink));
        widget.corner_radius = corner;
    }
}
