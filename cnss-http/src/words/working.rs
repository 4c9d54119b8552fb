//! How a step was computed, as people read it: a calculation as signs, a condition as a sentence.

use cnss_core::explain::{Op, Piece, Step, Value, shortened};
use fluent_bundle::FluentArgs;
use rust_decimal::Decimal;

use super::{Words, number_text, spaced};

impl Words {
    /// How the value of a step came about; none for a value that is simply given.
    #[must_use]
    pub fn detail(&self, step: &Step) -> Option<String> {
        let said = if step.op == Op::Compare { self.comparison(&step.working) } else { None };
        said.or_else(|| self.working(&step.working))
    }

    /// A condition: what the person has, and what is needed. « 46 ans ≥ 60 ans » beside « non » is
    /// read by nobody.
    fn comparison(&self, pieces: &[Piece]) -> Option<String> {
        let [Piece::Value(own, _), Piece::Sign(sign), bound @ ..] = pieces else { return None };
        let key = match *sign {
            "≥" => "compare-least",
            "≤" => "compare-most",
            "<" => "compare-below",
            _ => return None,
        };
        // The unit is said once.
        let counted = matches!(own, Value::Count(..)).then_some("counted");
        let bound = match bound {
            [Piece::Value(Value::Count(n, _), _)] if counted.is_some() => number_text(Decimal::from(*n)),
            [Piece::Value(value, _)] => self.value(value),
            [
                Piece::Value(Value::Number(above), _),
                Piece::Sign("÷"),
                Piece::Value(Value::Number(below), _),
            ] => self.fraction(&format!("{above}/{below}")),
            _ => return None,
        };
        let mut args = FluentArgs::new();
        args.set("own", self.value(own));
        args.set("bound", bound);
        Some(self.text(key, counted, &args))
    }

    /// The working of a step.
    #[must_use]
    pub fn working(&self, pieces: &[Piece]) -> Option<String> {
        if pieces.is_empty() {
            return None;
        }
        let (pieces, whole) = match pieces {
            // Whole periods only: said in words when they are the whole working.
            [Piece::Sign("⌊"), inside @ .., Piece::Sign("⌋")] if !inside.contains(&Piece::Sign("⌋")) => {
                (inside, true)
            }
            pieces => (pieces, false),
        };
        let mut text = String::new();
        let (mut glued, mut rounded) = (true, false);
        for piece in &shortened(pieces) {
            match piece {
                Piece::Sign("≈") => {
                    text.push_str(", arrondi");
                    rounded = true;
                }
                Piece::Value(Value::Count(n, "workers"), _) if rounded => {
                    let each = self.value(&Value::Count(*n, "workers"));
                    text.push_str(&format!(" pour chacun ({each})"));
                }
                Piece::Value(Value::Number(to), _) if rounded => {
                    text.push_str(&format!(" (à {} près)", self.amount_number(*to)));
                }
                Piece::Value(word @ Value::Word(_), _) if !text.is_empty() => {
                    text.push_str(if rounded { " " } else { ", " });
                    text.push_str(&self.value(word));
                }
                Piece::Sign(sign @ (")" | "⌋")) => text.push_str(sign),
                Piece::Sign(sign @ ("(" | "⌊")) => {
                    text.push_str(if glued { "" } else { " " });
                    text.push_str(sign);
                    glued = true;
                    continue;
                }
                Piece::Sign(";") => text.push_str("\u{a0};"),
                Piece::Sign(sign) => {
                    text.push(' ');
                    text.push_str(sign);
                }
                Piece::Value(value, _) => {
                    if !glued {
                        text.push(' ');
                    }
                    text.push_str(&match value {
                        Value::Money(money) => self.amount_number(money.amount()),
                        other => self.value(other),
                    });
                }
            }
            glued = false;
        }
        if whole {
            text.push_str(", périodes complètes");
        }
        Some(spaced(text.trim()))
    }
}
