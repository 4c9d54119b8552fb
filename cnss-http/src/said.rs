//! What was just done, told once: it travels to the next page in a cookie that the page takes away.
//! An address would tell it again at every reload.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};

use crate::portal::Portal;
use crate::view::{Notice, Shell, Tone};

/// The cookie.
const NAME: &str = "cnss-fait";
/// How long the next page may take to be asked for.
const SECONDS: u32 = 60;

macro_rules! said {
    ($($variant:ident $code:literal $title:literal $text:literal,)+) => {
        /// What was just done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Said { $($variant,)+ }

        impl Said {
            const ALL: &'static [Self] = &[$(Self::$variant,)+];

            const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            const fn words(self) -> (&'static str, &'static str) {
                match self { $(Self::$variant => ($title, $text),)+ }
            }
        }
    };
}

said! {
    Contact "coordonnees" "Vos coordonnées sont à jour." "Nous avons prévenu les anciennes.",
    Password "mot-de-passe" "Votre mot de passe est changé." "Connectez-vous avec le nouveau.",
    CodeAgain "code" "Le code a été envoyé de nouveau." "Il peut mettre une minute à arriver.",
    Device "appareil" "La connexion est terminée." "Cet appareil devra se reconnecter avec le mot de passe.",
    Devices "appareils" "Toutes les autres connexions sont terminées." "Seul cet appareil reste connecté.",
    Invited "invitation" "L'invitation est envoyée." "La personne a quatorze jours pour accepter le mandat. Vous pouvez le retirer à tout moment.",
    Withdrawn "retrait" "Le mandat est retiré." "Cette personne ne peut plus agir pour votre entreprise.",
    Accepted "mandat" "Le mandat est accepté." "Choisissez maintenant l'entreprise pour laquelle vous agissez.",
    Acting "entreprise" "Vous agissez pour cette entreprise." "Son nom reste affiché en haut de chaque page.",
    Own "soi" "Vous n'agissez plus pour une entreprise." "Vous agissez en votre propre nom.",
    Activated "activation" "Le compte est activé." "Son titulaire en est prévenu.",
    Blocked "blocage" "Le compte est bloqué." "Toutes ses connexions sont terminées et son titulaire en est prévenu.",
    Unblocked "deblocage" "Le compte est débloqué." "Son titulaire devra changer son mot de passe. Il en est prévenu.",
    Appointed "agent" "L'agent est nommé." "Il reçoit un premier mot de passe, à changer à sa première connexion.",
    Roles "roles" "Les droits de cet agent sont enregistrés." "Ils valent dès maintenant.",
    SecondTaken "second-facteur" "Le second facteur est retiré." "Cet agent en est prévenu. Il en mettra un autre en place à la prochaine connexion.",
}

impl Said {
    /// Leads to a page that tells it.
    pub(crate) fn at(self, portal: &Portal, to: &str) -> Response {
        with_cookie(Redirect::to(to).into_response(), portal, self.code(), SECONDS)
    }

    fn of(headers: &HeaderMap) -> Option<Self> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let code = pairs.find(|(name, _)| *name == NAME)?.1;
        Self::ALL.iter().copied().find(|said| said.code() == code)
    }
}

/// Puts what was just done above a page.
pub(crate) fn tell(headers: &HeaderMap, shell: &mut Shell) {
    if let Some((title, text)) = Said::of(headers).map(Said::words) {
        shell.notices.push(Notice::new(Tone::Success, title, text));
    }
}

/// Takes away what a page has told.
pub(crate) fn told(headers: &HeaderMap, portal: &Portal, response: Response) -> Response {
    if Said::of(headers).is_some() { with_cookie(response, portal, "", 0) } else { response }
}

fn with_cookie(mut response: Response, portal: &Portal, value: &str, seconds: u32) -> Response {
    let secure = if portal.inner.secure { "; Secure" } else { "" };
    let cookie = format!("{NAME}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_one_of_ours() {
        let told = |cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::try_from(cookie).expect("a header"));
            Said::of(&headers)
        };
        for said in Said::ALL {
            assert_eq!(told(&format!("cnss=x; {NAME}={}", said.code())), Some(*said));
        }
        for other in ["cnss=x", "cnss-fait=", "cnss-fait=<script>", "autre=agent"] {
            assert_eq!(told(other), None, "{other}");
        }
    }
}
