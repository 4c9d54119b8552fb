//! Laws that hold for every fund and everybody.
