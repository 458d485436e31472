//! How well a creator and a program fit, with the reasons.
