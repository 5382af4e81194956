//! Where the page begins.
import "./styles/tokens.css";
import "./styles/base.css";
