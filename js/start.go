package js

// Show is [Command.Show].
func Show(to string, options ...Option) Command { return Command{}.Show(to, options...) }

// Hide is [Command.Hide].
func Hide(to string, options ...Option) Command { return Command{}.Hide(to, options...) }

// Toggle is [Command.Toggle].
func Toggle(to string, options ...Option) Command { return Command{}.Toggle(to, options...) }

// AddClass is [Command.AddClass].
func AddClass(to, names string, options ...Option) Command {
	return Command{}.AddClass(to, names, options...)
}

// RemoveClass is [Command.RemoveClass].
func RemoveClass(to, names string, options ...Option) Command {
	return Command{}.RemoveClass(to, names, options...)
}

// ToggleClass is [Command.ToggleClass].
func ToggleClass(to, names string, options ...Option) Command {
	return Command{}.ToggleClass(to, names, options...)
}

// Transition is [Command.Transition].
func Transition(to string, options ...Option) Command { return Command{}.Transition(to, options...) }

// SetAttr is [Command.SetAttr].
func SetAttr(to, name string, value any, options ...Option) Command {
	return Command{}.SetAttr(to, name, value, options...)
}

// RemoveAttr is [Command.RemoveAttr].
func RemoveAttr(to, name string, options ...Option) Command {
	return Command{}.RemoveAttr(to, name, options...)
}

// ToggleAttr is [Command.ToggleAttr].
func ToggleAttr(to, name string, value any, options ...Option) Command {
	return Command{}.ToggleAttr(to, name, value, options...)
}

// IgnoreAttrs is [Command.IgnoreAttrs].
func IgnoreAttrs(to, names string, options ...Option) Command {
	return Command{}.IgnoreAttrs(to, names, options...)
}

// Dispatch is [Command.Dispatch].
func Dispatch(to, event string, options ...Option) Command {
	return Command{}.Dispatch(to, event, options...)
}

// Exec is [Command.Exec].
func Exec(to, name string, options ...Option) Command { return Command{}.Exec(to, name, options...) }

// Focus is [Command.Focus].
func Focus(to string, options ...Option) Command { return Command{}.Focus(to, options...) }

// FocusFirst is [Command.FocusFirst].
func FocusFirst(to string, options ...Option) Command { return Command{}.FocusFirst(to, options...) }

// PushFocus is [Command.PushFocus].
func PushFocus(to string, options ...Option) Command { return Command{}.PushFocus(to, options...) }

// PopFocus is [Command.PopFocus].
func PopFocus() Command { return Command{}.PopFocus() }

// Push is [Command.Push].
func Push(event string, options ...Option) Command { return Command{}.Push(event, options...) }

// Patch is [Command.Patch].
func Patch(path string, options ...Option) Command { return Command{}.Patch(path, options...) }

// Navigate is [Command.Navigate].
func Navigate(path string, options ...Option) Command { return Command{}.Navigate(path, options...) }
