//! The tools of a fund's author (outils du rédacteur): what the files say for nothing, whether
//! they say what was meant, what a change of them changes, and what nobody would notice.
//!
//! Nothing that decides a case is here: a program that only asks the rules leaves the feature
//! `author` out, and builds sooner. The program `cnss-funds` gives these tools to a jurist.
//!
//! | the author asks | look at |
//! |---|---|
//! | do the rules give what I worked out by hand | [`situation`] |
//! | is there anything of no use, or too late | [`review`](review()) |
//! | what does the new law say otherwise, from when, for whom | [`compare`](compare()) |
//! | which value could change without anybody noticing | [`mutation`] |

mod compare;
pub mod mutation;
mod review;
pub mod situation;

pub use compare::{AtomChange, LineChange, Period, Presence, RuleChange, Who, compare};
pub use review::{Concern, Worry, review};
