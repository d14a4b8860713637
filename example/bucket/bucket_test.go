package bucket_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/bucket"
	"github.com/gin-liveview/liveview/liveviewtest"
)

var picture = []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("x", 200_000))

// storeOf is a bucket of a server that speaks S3's protocol.
func storeOf(t *testing.T) bucket.Store {
	t.Helper()
	srv := httptest.NewServer(gofakes3.New(s3mem.New()).Server())
	t.Cleanup(srv.Close)
	client, err := minio.New(strings.TrimPrefix(srv.URL, "http://"), &minio.Options{
		Creds: credentials.NewStaticV4("key", "secret", ""), Region: "us-east-1",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.MakeBucket(t.Context(), "photos", minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	return bucket.Store{Client: client, Bucket: "photos"}
}

func open(t *testing.T, v bucket.View) *liveviewtest.View {
	t.Helper()
	gin.SetMode(gin.TestMode)
	r := gin.New()
	r.Use(liveview.Middleware())
	liveview.Handle(r, "/", v)
	return liveviewtest.Open(t, r, "/")
}

// objects are the names and contents of what the bucket has.
func objects(t *testing.T, s bucket.Store) map[string][]byte {
	t.Helper()
	all := map[string][]byte{}
	for o := range s.Client.ListObjects(context.Background(), s.Bucket, minio.ListObjectsOptions{}) {
		object, err := s.Client.GetObject(t.Context(), s.Bucket, o.Key, minio.GetObjectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if all[o.Key], err = io.ReadAll(object); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func TestStreamed(t *testing.T) {
	store := storeOf(t)
	v := open(t, bucket.View{Store: store})
	v.Choose("#add input", liveviewtest.File{Name: "a.png", Type: "image/png", Content: picture})
	v.Submit("#add")
	v.WaitFor(func() bool { return v.Count("li") == 1 })
	if got := objects(t, store)[v.Text("li")]; !bytes.Equal(got, picture) {
		t.Errorf("the bucket has %d bytes, want %d", len(got), len(picture))
	}
}

// The browser gets a URL to which it may put that one object.
func TestPresigned(t *testing.T) {
	store := storeOf(t)
	url, err := store.Presigned(t.Context(), liveview.UploadEntry{ID: "p-1"})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url["url"].(string), bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got := objects(t, store)["p-1"]; res.StatusCode != http.StatusOK || !bytes.Equal(got, picture) {
		t.Errorf("status %d, and the bucket has %d bytes", res.StatusCode, len(got))
	}
}
