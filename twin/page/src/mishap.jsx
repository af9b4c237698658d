// A part of the window that could not be drawn says so in its own place, and the rest of the window goes on.
import { Component } from "react";

export class Mishap extends Component {
  state = { error: null };

  static getDerivedStateFromError(error) {
    return { error };
  }

  componentDidUpdate(before) {
    if (before.of !== this.props.of && this.state.error) this.setState({ error: null });
  }

  render() {
    if (!this.state.error) return this.props.children;
    return (
      <p className="unknown" role="alert" data-testid="mishap">
        This part of the page could not be drawn: {this.state.error.message}
      </p>
    );
  }
}
