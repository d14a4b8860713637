// Package bucket is a page whose pictures go into an object store, Amazon's S3 or one that
// speaks its protocol, in two ways: straight from the browser to a presigned URL, and
// through this process, as a stream.
package bucket

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/minio/minio-go/v7"

	"github.com/gin-liveview/liveview"
)

// Store keeps files in one bucket.
type Store struct {
	Client *minio.Client
	Bucket string
}

// Presigned has browsers send a file straight to the bucket, by a URL that is signed for
// that one object and good for a quarter of an hour.
func (b Store) Presigned(ctx context.Context, e liveview.UploadEntry) (map[string]any, error) {
	url, err := b.Client.PresignedPutObject(ctx, b.Bucket, e.ID, 15*time.Minute)
	if err != nil {
		return nil, err
	}
	return map[string]any{"uploader": "PUT", "url": url.String()}, nil
}

// has reports whether an object is there, as large as the browser has said. That a file was
// sent to a presigned URL is the browser's word alone.
func (b Store) has(ctx context.Context, e liveview.UploadEntry) error {
	info, err := b.Client.StatObject(ctx, b.Bucket, e.ID, minio.StatObjectOptions{})
	if err == nil && info.Size != e.Size {
		err = errors.New("the object has another size")
	}
	return err
}

// object is a file on its way through this process into the bucket.
type object struct {
	*io.PipeWriter
	remove func() error
	ended  chan error // gets what came of it
	kept   bool       // by the page
}

// stream writes a file into the bucket as it comes: none of it lies on this machine's disk.
func (b Store) stream(ctx context.Context, e liveview.UploadEntry) (liveview.UploadWriter, error) {
	content, w := io.Pipe()
	o := &object{PipeWriter: w, ended: make(chan error, 1)}
	o.remove = func() error {
		return b.Client.RemoveObject(context.WithoutCancel(ctx), b.Bucket, e.ID, minio.RemoveObjectOptions{})
	}
	go func() { // ends with the content, or with ctx
		_, err := b.Client.PutObject(ctx, b.Bucket, e.ID, content, e.Size, minio.PutObjectOptions{ContentType: e.Type})
		_ = content.CloseWithError(err) // never fails
		o.ended <- err
	}()
	return o, nil
}

// Close waits until the bucket has the object.
func (o *object) Close() error {
	_ = o.PipeWriter.Close() // never fails
	return <-o.ended
}

// Remove takes the object out of the bucket again, unless the page has kept it.
func (o *object) Remove() error {
	if o.kept {
		return nil
	}
	_ = o.CloseWithError(io.ErrUnexpectedEOF) // never fails
	return o.remove()
}

// State is what the page shows: the names of the objects that it has kept.
type State struct{ Kept []string }

// View is the page. With Direct browsers send files straight to the bucket.
type View struct {
	Store  Store
	Direct bool
}

// Mount says where files go.
func (v View) Mount(_ *gin.Context, s *liveview.Socket[State]) error {
	config := liveview.UploadConfig{Accept: []string{".jpg", ".png"}, MaxEntries: 3}
	if v.Direct {
		config.External = func(e liveview.UploadEntry) (map[string]any, error) { return v.Store.Presigned(s.Context(), e) }
	} else {
		config.Writer = v.Store.stream
	}
	return s.AllowUpload("photos", config)
}

// HandleEvent keeps what has come.
func (v View) HandleEvent(s *liveview.Socket[State], e liveview.Event) error {
	if e.Name != "save" {
		return nil
	}
	kept, err := liveview.ConsumeUploadedEntries(s, "photos", func(_ string, e liveview.UploadEntry) (string, error) {
		if o, ok := e.Writer.(*object); ok {
			o.kept = true
			return e.ID, nil
		}
		return e.ID, v.Store.has(s.Context(), e)
	})
	s.Assign(func(st *State) { st.Kept = append(st.Kept, kept...) })
	return err
}

var page = liveview.MustParse[State](`{{with upload "photos"}}
<form id="add" phx-change="choose" phx-submit="save"><label for="{{.Ref}}">Photos</label> {{.FileInput}} <button>Save</button></form>
{{range .Errors}}<p>{{.}}</p>{{end}}
{{range .Entries | keyed "Ref"}}<p>{{.Name}} {{.Progress}} % {{range .Errors}}{{.}}{{end}}</p>{{end}}{{end}}
<ul>{{range .Kept}}<li>{{.}}</li>{{end}}</ul>`)

// Render shows the page.
func (View) Render(st State) liveview.Rendered { return page.Render(st) }
